from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import xgboost
from sklearn.datasets import load_iris

from nbtrack.errors import MalformedModel
from nbtrack.flavors import load_model, save_model
from nbtrack.flavors.contract import FlavorContract
from nbtrack.flavors.xgboost import XGBoostFlavor
from nbtrack.models import Model, sign

X, y = load_iris(return_X_y=True, as_frame=True)


class TestEstimator(FlavorContract):
    flavor_name = "xgboost"
    requirements = frozenset({"xgboost-cpu", "numpy", "scikit-learn"})

    @pytest.fixture
    def model(self) -> Any:
        return xgboost.XGBClassifier(n_estimators=5, max_depth=2).fit(X, y)

    @pytest.fixture
    def given(self) -> Any:
        return X

    @pytest.fixture
    def wanted(self, model: Any) -> Any:
        return model.predict(X)


class TestBooster(TestEstimator):
    requirements = frozenset({"xgboost-cpu", "numpy"})

    @pytest.fixture
    def model(self) -> Any:
        return xgboost.train({"max_depth": 2}, xgboost.DMatrix(X, y), num_boost_round=5)

    @pytest.fixture
    def wanted(self, model: Any) -> Any:
        return model.predict(xgboost.DMatrix(X))


class TestBoosterAsJson(TestBooster):
    @pytest.fixture
    def flavor(self) -> XGBoostFlavor:
        return XGBoostFlavor("json")


def test_a_class_that_a_file_names_is_one_of_xgboost_or_nothing_is_imported(tmp_path: Path) -> None:
    document = save_model(xgboost.XGBRegressor(n_estimators=1).fit(X, y), tmp_path / "m")
    for name in ("subprocess.Popen", "xgboost.core.ctypes", "xgboost.plotting.plot_tree", "nothing"):
        section = {**document.flavors["xgboost"], "model_class": name}
        document.replace(flavors={**document.flavors, "xgboost": section}).save(tmp_path / "m")
        sign(tmp_path / "m")
        with pytest.raises(MalformedModel, match="no model class of XGBoost"):
            load_model(tmp_path / "m")
    assert Model.load(tmp_path / "m").flavors["xgboost"]["data"] == "model.ubj"
