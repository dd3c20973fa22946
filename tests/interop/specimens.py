"""A small model of each flavor, made with its real framework, and rows that it eats."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from sklearn.datasets import load_iris

import nbtrack
from tests.interop.real_mlflow import mlflow

X, y = load_iris(return_X_y=True, as_frame=True)
SINGLE = X.to_numpy().astype("float32")


class Total(mlflow.pyfunc.PythonModel):
    """What MLflow saves as a custom model."""

    def predict(self, context, model_input, params=None):
        return model_input.sum(axis=1)


class OwnTotal(nbtrack.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return model_input.sum(axis=1)


def _predict(model: Any, rows: Any) -> Any:
    return model.predict(rows)


def _as_sent() -> pd.DataFrame:
    """Return a frame that lies in memory as one that is read from a request: else sums have other last bits."""
    return pd.DataFrame(X[:5].to_dict(orient="list"))


@dataclass(frozen=True)
class Specimen:
    """How a flavor's model comes to be.

    Parameters
    ----------
    package
        The framework's, as autolog names it too; empty for what is no package of Python.
    make
        Returns a fitted model.
    rows
        What it predicts on.
    predict
        ``predict(model, rows)`` by the framework itself.
    mlflow_options
        What MLflow's ``save_model`` wants to be told besides.
    is_program
        What is loaded is what was traced of the model, and not of its class.
    runs_by
        The program that it is run by.
    """

    package: str
    make: Callable[[], Any]
    rows: Any = field(default_factory=_as_sent)
    predict: Callable[[Any, Any], Any] = _predict
    mlflow_options: Mapping[str, Any] = field(default_factory=dict)
    is_program: bool = False
    runs_by: str = ""

    @property
    def is_installed(self) -> bool:
        has_package = not self.package or importlib.util.find_spec(self.package) is not None
        return has_package and (not self.runs_by or shutil.which(self.runs_by) is not None)


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

    return to_onnx(LinearRegression().fit(SINGLE, y), SINGLE[:1])


def _pytorch() -> Any:
    from tests.frameworks.lightning_networks import fitted

    return fitted(SINGLE, y.to_numpy())


def _ask_pytorch(model: Any, rows: Any) -> Any:
    import torch

    with torch.no_grad():
        return model.eval()(torch.from_numpy(np.asarray(rows))).numpy()


def _keras() -> Any:
    import keras

    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, "softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    model.fit(SINGLE, y, verbose=0)
    return model


def _ask_keras(model: Any, rows: Any) -> Any:
    return model.predict(rows, verbose=0)


def _tensorflow() -> Any:
    from tests.frameworks.tensorflow_modules import Line

    return Line()


def _ask_tensorflow(model: Any, rows: Any) -> Any:
    return model(rows).numpy()


def _h2o() -> Any:
    import h2o
    from h2o.estimators import H2OGradientBoostingEstimator

    from nbtrack.flavors.h2o import connect

    connect({"nthreads": 2, "max_mem_size": "1g", "port": 54421})
    h2o.no_progress()
    model = H2OGradientBoostingEstimator(ntrees=3, seed=1)
    model.train(y="grower", training_frame=h2o.H2OFrame(X.assign(grower=y)))
    return model


def _ask_h2o(model: Any, rows: Any) -> Any:
    import h2o

    return model.predict(h2o.H2OFrame(rows)).as_data_frame()


def _spark() -> Any:
    from pyspark.ml import Pipeline
    from pyspark.ml.feature import VectorAssembler
    from pyspark.ml.regression import LinearRegression

    from nbtrack.flavors.spark.session import spark_session

    frame = spark_session().createDataFrame(X.assign(label=y.astype(float)))
    stages = [VectorAssembler(inputCols=list(X.columns), outputCol="features"), LinearRegression(maxIter=3)]
    return Pipeline(stages=stages).fit(frame)


def _ask_spark(model: Any, rows: Any) -> Any:
    from nbtrack.flavors.spark.session import spark_session

    return [row.prediction for row in model.transform(spark_session().createDataFrame(rows)).collect()]


def _crate() -> Any:
    from nbtrack.crate import RFunction

    return RFunction.from_source("function(data) rowSums(data)")


def _ask_crate(model: Any, rows: Any) -> Any:
    return model(rows)


LIGHT = {
    "sklearn": Specimen("sklearn", _sklearn),
    "xgboost": Specimen("xgboost", _xgboost),
    "lightgbm": Specimen("lightgbm", _lightgbm),
    "catboost": Specimen("catboost", _catboost),
    "statsmodels": Specimen("statsmodels", _statsmodels),
    "onnx": Specimen("onnxruntime", _onnx, rows=SINGLE[:5]),
    "python_function": Specimen("nbtrack", OwnTotal),
}
"""Whose frameworks are in the tests' environment."""

HEAVY = {
    "keras": Specimen("keras", _keras, SINGLE[:5], predict=_ask_keras),
    "pytorch": Specimen(
        "torch", _pytorch, SINGLE[:5], predict=_ask_pytorch, mlflow_options={"serialization_format": "pickle"}
    ),
    "tensorflow": Specimen("tensorflow", _tensorflow, SINGLE[:5], predict=_ask_tensorflow, is_program=True),
    "h2o": Specimen("h2o", _h2o, predict=_ask_h2o, runs_by="java"),
    "spark": Specimen("pyspark", _spark, predict=_ask_spark, runs_by="java"),
    "crate": Specimen("", _crate, predict=_ask_crate, runs_by="Rscript"),
}
"""Whose frameworks `make test-frameworks` installs."""

SPECIMENS = LIGHT | HEAVY
