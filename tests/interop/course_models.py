"""The custom models of tutorials, written once: ``python course_models.py mlflow|nbtrack FOLDER COMMAND...``.

A script of its own, so that its classes are pickled as those of a notebook are. The commands ``save`` models into
``FOLDER/LIBRARY`` and ``load=OTHER`` those that the other library saved, and write the predictions down as JSON.
"""

from __future__ import annotations

import importlib
import json
import pickle
import sys
from pathlib import Path

import numpy as np
from pydantic import BaseModel
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeRegressor

mlflow = importlib.import_module(sys.argv[1])
importlib.import_module(f"{sys.argv[1]}.pyfunc")
FOLDER = Path(sys.argv[2])
X, y = load_iris(return_X_y=True, as_frame=True)


class AddN(mlflow.pyfunc.PythonModel):
    def __init__(self, n):
        self.n = n

    def predict(self, context, model_input, params=None):
        return model_input.apply(lambda column: column + self.n)


class Weighted(mlflow.pyfunc.PythonModel):
    def load_context(self, context):
        with open(context.artifacts["weights"]) as file:  # noqa: PTH123
            self.weights = json.load(file)
        self.offset = context.model_config["offset"]

    def predict(self, context, model_input):
        return model_input @ np.array(self.weights) + self.offset


class SklearnWrapper(mlflow.pyfunc.PythonModel):
    def __init__(self, model):
        self.model = model

    def predict(self, context, model_input):
        return self.model.predict_proba(model_input)[:, 1]


class XGBWrapper(mlflow.pyfunc.PythonModel):
    def load_context(self, context):
        import xgboost as xgb

        self.xgb_model = xgb.Booster()
        self.xgb_model.load_model(context.artifacts["xgb_model"])

    def predict(self, context, model_input):
        import xgboost as xgb

        return self.xgb_model.predict(xgb.DMatrix(model_input.values))


class Ensemble(mlflow.pyfunc.PythonModel):
    def load_context(self, context):
        self.members = []
        for name in ("shallow", "deep"):
            with open(context.artifacts[name], "rb") as file:  # noqa: PTH123
                self.members.append(pickle.load(file))

    def predict(self, context, model_input, params=None):
        weight = (params or {}).get("weight", 0.5)
        first, second = (member.predict(model_input) for member in self.members)
        return weight * first + (1 - weight) * second


class Shouted(mlflow.pyfunc.PythonModel):
    def predict(self, model_input: list[str]) -> list[str]:
        return [text.upper() for text in model_input]


class Message(BaseModel):
    role: str
    length: int = 1


class Roles(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input: list[Message], params=None) -> list[str]:
        return [message.role * message.length for message in model_input]


class Spoken(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input):
        return [len(model_input)]

    def predict_stream(self, context, model_input, params=None):
        yield from model_input.split()


def squared(model_input):
    return [item**2 for item in model_input]


def totals(model_input: list[dict[str, float]]) -> list[float]:
    return [sum(row.values()) for row in model_input]


CODE = """
import {library} as mlflow
import {library}.pyfunc
from {library}.models import ModelConfig
from {name}_units import UNIT

config = ModelConfig(development_config={{"digits": 0}})

class Measured(mlflow.pyfunc.PythonModel):
    def load_context(self, context):
        self.digits = context.model_config["digits"]

    def predict(self, context, model_input):
        assert self.digits == config.get("digits")
        return [f"{{round(item, self.digits)}} {{UNIT}}" for item in model_input]

mlflow.models.set_model(Measured())
"""
LOADER = """
class Told:
    def __init__(self, text): self.text = text
    def predict(self, model_input): return [self.text + item for item in model_input]

def _load_pyfunc(path):
    with open(path) as file:
        return Told(file.read())
"""

GIVEN = {
    "add_n": X.head(3),
    "weighted": X.head(3).to_numpy(),
    "sklearn_wrapped": X.head(3),
    "xgb_wrapped": X.head(3),
    "ensemble": X.head(3),
    "function": [1, 2, 3],
    "hinted_function": [{"a": 1.5, "b": 2.0}],
    "hinted": ["a", "b"],
    "pydantic": [{"role": "user", "length": 2}, {"role": "bot"}],
    "stream": "one two",
    "code": [1.234],
    "loader": ["you"],
}
PARAMS = {"ensemble": {"weight": 0.25}}


def save(library):
    folder = FOLDER / library
    work = FOLDER / f"{library}-work"
    work.mkdir()
    (work / "weights.json").write_text("[1.0, 2.0, 3.0, 4.0]")
    for name, model in {"shallow": DecisionTreeRegressor(max_depth=2), "deep": DecisionTreeRegressor()}.items():
        (work / f"{name}.pkl").write_bytes(pickle.dumps(model.fit(X, y)))
    (work / f"{library}_units.py").write_text("UNIT = 'mm'\n")
    (work / f"{library}_loader.py").write_text(LOADER)
    (work / "code.py").write_text(CODE.format(library=library, name=library))
    (work / "greeting.txt").write_text("hello ")
    classifier = LogisticRegression(max_iter=500).fit(X, y)
    infer = mlflow.models.infer_signature

    def saved(name, python_model=None, **options):
        mlflow.pyfunc.save_model(
            path=str(folder / name), python_model=python_model, pip_requirements=["scikit-learn"], **options
        )

    saved("add_n", AddN(n=5))
    saved("weighted", Weighted(), artifacts={"weights": str(work / "weights.json")}, model_config={"offset": 0.5})
    saved("sklearn_wrapped", SklearnWrapper(classifier), signature=infer(X, classifier.predict_proba(X)[:, 1]))
    import xgboost as xgb

    xgb.train({"max_depth": 2}, xgb.DMatrix(X.values, y), 3).save_model(work / "xgb.json")
    saved("xgb_wrapped", XGBWrapper(), artifacts={"xgb_model": str(work / "xgb.json")})
    members = {name: str(work / f"{name}.pkl") for name in ("shallow", "deep")}
    signature = infer(X, y.to_numpy(float), params={"weight": 0.5})
    saved("ensemble", Ensemble(), artifacts=members, signature=signature)
    saved("function", squared)
    saved("hinted_function", totals)
    saved("hinted", Shouted())
    saved("pydantic", Roles())
    saved("stream", Spoken())
    sys.path.insert(0, str(work))
    saved("code", str(work / "code.py"), code_paths=[str(work / f"{library}_units.py")], model_config={"digits": 1})
    saved(
        "loader",
        loader_module=f"{library}_loader",
        data_path=str(work / "greeting.txt"),
        code_paths=[str(work / f"{library}_loader.py")],
    )
    sys.path.remove(str(work))


def answers(writer):
    """Return what each model of a library predicts, or the error that it is answered with."""
    told = {}
    for name, given in GIVEN.items():
        try:
            model = mlflow.pyfunc.load_model(str(FOLDER / writer / name))
            if name == "stream":
                told[name] = list(model.predict_stream(given))
            else:
                told[name] = np.asarray(model.predict(given, params=PARAMS.get(name))).tolist()
        except Exception as error:
            told[name] = f"{type(error).__name__}: {error}"
    return told


if __name__ == "__main__":
    for command in sys.argv[3:]:
        if command == "save":
            save(sys.argv[1])
        else:
            writer = command.removeprefix("load=")
            (FOLDER / f"{writer}-in-{sys.argv[1]}.json").write_text(json.dumps(answers(writer)))
