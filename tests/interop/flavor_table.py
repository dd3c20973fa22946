"""What each flavor can, found by trying it: ``python -m tests.interop.flavor_table`` writes it into the README.

A test keeps the README's table to what is found. What pip's tests environment lacks (PyTorch and its like) has no row.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import re
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from sklearn.datasets import load_iris

import nbtrack
from nbtrack.flavors import flavor_for, load_model, load_pyfunc
from nbtrack.models import sign
from nbtrack.plugins import AUTOLOG, installed
from nbtrack.serving import create_app
from nbtrack.tracking import background
from tests.interop.real_mlflow import mlflow

README = Path(__file__).parents[2] / "README.md"
X, y = load_iris(return_X_y=True, as_frame=True)
ROWS = X[:5]


class Total(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return model_input.sum(axis=1)


class OwnTotal(nbtrack.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return model_input.sum(axis=1)


def _sklearn() -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(max_iter=500).fit(X, y)


def _xgboost() -> Any:
    import xgboost

    return xgboost.XGBClassifier(n_estimators=3).fit(X, y)


def _lightgbm() -> Any:
    import lightgbm

    return lightgbm.LGBMClassifier(n_estimators=3, verbose=-1).fit(X, y)


def _catboost() -> Any:
    import catboost

    return catboost.CatBoostClassifier(iterations=3, depth=2, verbose=False, allow_writing_files=False).fit(X, y)


def _statsmodels() -> Any:
    import statsmodels.api as sm

    return sm.OLS(y, X).fit()


def _onnx() -> Any:
    from skl2onnx import to_onnx
    from sklearn.linear_model import LinearRegression

    single = X.to_numpy().astype("float32")
    return to_onnx(LinearRegression().fit(single, y), single[:1])


MODELS: dict[str, Callable[[], Any]] = {
    "sklearn": _sklearn,
    "xgboost": _xgboost,
    "lightgbm": _lightgbm,
    "catboost": _catboost,
    "statsmodels": _statsmodels,
    "onnx": _onnx,
    "python_function": OwnTotal,
}


@dataclass
class Trial:
    """One flavor, with a model of it that was saved by each of the two."""

    name: str
    folder: Path

    def __post_init__(self) -> None:
        self.model = MODELS[self.name]()

    def save(self) -> None:
        # Without signatures: a frame that is checked lies in memory in another order, and sums have other last bits.
        document = nbtrack.flavors.save_model(self.model, self.folder / "ours", flavor=flavor_for(self.model))
        assert self.name in document.flavors

    def load(self) -> None:
        assert type(load_model(self.folder / "ours")) is type(self.model)

    def pyfunc(self) -> None:
        assert len(load_pyfunc(self.folder / "ours").predict(ROWS)) == len(ROWS)

    def serve(self) -> None:
        body = {"dataframe_split": ROWS.to_dict(orient="split")}

        async def send() -> httpx.Response:
            app = create_app(load_pyfunc(self.folder / "ours"), largest_body_bytes=1_000_000)
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:5000") as client:
                return await client.post("/invocations", json=body)

        answer = asyncio.run(send())
        assert answer.status_code == 200, answer.text
        assert len(answer.json()["predictions"]) == len(ROWS)

    def autolog(self) -> None:
        assert self.name in installed(AUTOLOG)
        nbtrack.set_tracking_uri(self.folder / ".nbtrack")
        nbtrack.autolog(frameworks=[self.name])
        try:
            model = MODELS[self.name]()
            background.wait()
            run = nbtrack.last_active_run()
            assert run is not None
            logged = nbtrack.pyfunc.load_model(f"runs:/{run.info.run_id}/model")
            np.testing.assert_array_equal(logged.predict(ROWS), model.predict(ROWS))
        finally:
            nbtrack.autolog(disable=True)
            nbtrack.set_tracking_uri(None)

    def to_mlflow(self) -> None:
        theirs = mlflow.pyfunc.load_model(str(self.folder / "ours"))
        # MLflow holds data to the type that the graph says: single precision.
        rows = ROWS.astype("float32") if self.name == "onnx" else ROWS
        ours = load_pyfunc(self.folder / "ours").predict(rows)
        np.testing.assert_array_equal(_numbers(theirs.predict(rows)), _numbers(ours))

    def from_mlflow(self) -> None:
        path = self.folder / "theirs"
        if self.name == "python_function":
            mlflow.pyfunc.save_model(path, python_model=Total(), pip_requirements=[])
        else:
            module = importlib.import_module(f"mlflow.{self.name}")
            module.save_model(self.model, path, pip_requirements=[])
        sign(path)  # what is pickled opens for who trusts it
        theirs = mlflow.pyfunc.load_model(str(path))
        np.testing.assert_array_equal(load_pyfunc(path).predict(ROWS), theirs.predict(ROWS))


def _numbers(answer: Any) -> Any:
    return np.ravel(answer["variable"] if isinstance(answer, dict) or hasattr(answer, "columns") else answer)


COLUMNS: dict[str, Callable[[Trial], None]] = {
    "save": Trial.save,
    "load": Trial.load,
    "pyfunc": Trial.pyfunc,
    "serve": Trial.serve,
    "autolog": Trial.autolog,
    "MLflow loads nbtrack's": Trial.to_mlflow,
    "nbtrack loads MLflow's": Trial.from_mlflow,
}


def found(name: str, folder: Path) -> str:
    """Return the row of a flavor: what it can, each tried in turn."""
    trial = Trial(name, folder)
    return f"| {name} | " + " | ".join("yes" if _works(act, trial) else "no" for act in COLUMNS.values()) + " |"


def shown() -> dict[str, str]:
    """Return the rows of the README's table by flavor."""
    rows = re.findall(r"^\| \w+ \| (?:yes|no) .*\|$", README.read_text(), re.MULTILINE)
    return {row.split(" | ")[0].removeprefix("| "): row for row in rows}


def _works(act: Callable[[Trial], None], trial: Trial) -> bool:
    try:
        act(trial)
    except Exception as error:
        print(f"{trial.name}: {act.__name__}: {error!r}", file=sys.stderr)
        return False
    return True


def main() -> None:
    head = f"| flavor | {' | '.join(COLUMNS)} |\n|{' --- |' * (len(COLUMNS) + 1)}\n"
    with tempfile.TemporaryDirectory() as folder:
        os.environ["NBTRACK_KEY_DIR"] = f"{folder}/key"
        rows = []
        for name in MODELS:
            (Path(folder) / name).mkdir()
            rows.append(found(name, Path(folder) / name))
    text = README.read_text()
    table = re.compile(r"\| flavor \| save .*?\n\n", re.DOTALL)
    README.write_text(table.sub(lambda _: head + "\n".join(rows) + "\n\n", text))


if __name__ == "__main__":
    main()
