"""Boosters and the results of statsmodels between nbtrack and MLflow: each opens the other's, to the bit."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import catboost
import lightgbm
import numpy as np
import pytest
import statsmodels.api as sm
import xgboost
from sklearn.datasets import load_iris

import nbtrack
from nbtrack.errors import UntrustedModel
from nbtrack.models import sign
from tests.interop.real_mlflow import mlflow

# MLflow warns of what it is itself: pickles, integers that can't be missing.
pytestmark = pytest.mark.filterwarnings("ignore")

X, y = load_iris(return_X_y=True, as_frame=True)
QUICK = {"iterations": 5, "thread_count": 1, "depth": 2, "verbose": False, "allow_writing_files": False}
LIGHT = {"verbose": -1, "num_threads": 1}

MODELS: dict[str, tuple[str, Callable[[], Any]]] = {
    "XGBClassifier": ("xgboost", lambda: xgboost.XGBClassifier(n_estimators=5, n_jobs=1).fit(X, y)),
    "XGBRegressor": ("xgboost", lambda: xgboost.XGBRegressor(n_estimators=5, n_jobs=1).fit(X, y)),
    "xgboost.Booster": ("xgboost", lambda: xgboost.train({"nthread": 1}, xgboost.DMatrix(X, y), num_boost_round=5)),
    "LGBMClassifier": ("lightgbm", lambda: lightgbm.LGBMClassifier(n_estimators=5, **LIGHT).fit(X, y)),
    "LGBMRegressor": ("lightgbm", lambda: lightgbm.LGBMRegressor(n_estimators=5, **LIGHT).fit(X, y)),
    "LGBMRanker": ("lightgbm", lambda: lightgbm.LGBMRanker(n_estimators=5, **LIGHT).fit(X, y, group=[75, 75])),
    "lightgbm.Booster": ("lightgbm", lambda: lightgbm.train(LIGHT, lightgbm.Dataset(X, y), num_boost_round=5)),
    "CatBoostClassifier": ("catboost", lambda: catboost.CatBoostClassifier(**QUICK).fit(X, y)),
    "CatBoostRegressor": ("catboost", lambda: catboost.CatBoostRegressor(**QUICK).fit(X, y)),
    "CatBoost": ("catboost", lambda: catboost.CatBoost(QUICK).fit(X, y)),
    # Without signatures: a frame that was checked lies in memory in another order, and sums have other last bits.
    "OLS": ("statsmodels", lambda: sm.OLS(y, X).fit()),
    "GLM": ("statsmodels", lambda: sm.GLM(y + 1, X, family=sm.families.Gamma(sm.families.links.Log())).fit()),
}


@pytest.fixture(params=MODELS.values(), ids=MODELS)
def trained(request: pytest.FixtureRequest) -> tuple[str, Any]:
    framework, train = request.param
    return framework, train()


def test_a_model_of_nbtrack_predicts_the_same_in_mlflow(trained: tuple[str, Any], tmp_path: Path) -> None:
    framework, model = trained
    example = None if framework == "statsmodels" else X[:2]
    getattr(nbtrack, framework).save_model(model, tmp_path / "m", input_example=example)
    ours = nbtrack.pyfunc.load_model(tmp_path / "m")
    theirs = mlflow.pyfunc.load_model(str(tmp_path / "m"))
    np.testing.assert_array_equal(theirs.predict(X), ours.predict(X))
    assert type(_mlflows(framework).load_model(str(tmp_path / "m"))) is type(model)


def test_a_model_of_mlflow_predicts_the_same_in_nbtrack(trained: tuple[str, Any], tmp_path: Path) -> None:
    framework, model = trained
    # LGBMRanker is not among the types that MLflow trusts by itself.
    extra = {"skops_trusted_types": ["lightgbm.sklearn.LGBMRanker"]} if framework == "lightgbm" else {}
    signature = None if framework == "statsmodels" else mlflow.models.infer_signature(X)
    _mlflows(framework).save_model(model, tmp_path / "m", pip_requirements=[framework], signature=signature, **extra)
    if framework == "statsmodels":  # a pickle that nobody here signed
        with pytest.raises(UntrustedModel):
            nbtrack.pyfunc.load_model(tmp_path / "m")
        sign(tmp_path / "m")
    theirs = mlflow.pyfunc.load_model(str(tmp_path / "m"))
    ours = nbtrack.pyfunc.load_model(tmp_path / "m")
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
    assert type(getattr(nbtrack, framework).load_model(tmp_path / "m")) is type(model)


def _mlflows(framework: str) -> Any:
    return importlib.import_module(f"mlflow.{framework}")
