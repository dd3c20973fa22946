from __future__ import annotations

from pathlib import Path
from typing import Any

import lightgbm
import pytest
from sklearn.datasets import load_iris
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from nbtrack.errors import MalformedModel, UntrustedModel
from nbtrack.flavors import load_model, save_model
from nbtrack.flavors.contract import FlavorContract
from nbtrack.models import Model, sign

X, y = load_iris(return_X_y=True, as_frame=True)


class TestEstimator(FlavorContract):
    flavor_name = "lightgbm"
    requirements = frozenset({"lightgbm", "numpy", "scikit-learn", "skops"})

    @pytest.fixture
    def model(self) -> Any:
        return lightgbm.LGBMClassifier(n_estimators=5, verbose=-1).fit(X, y)

    @pytest.fixture
    def given(self) -> Any:
        return X

    @pytest.fixture
    def wanted(self, model: Any) -> Any:
        return model.predict(X)


class TestEstimatorWithAnObjectiveOfItsOwn(TestEstimator):
    """skops doesn't serve for what the user defined."""

    requirements = frozenset({"lightgbm", "numpy", "scikit-learn", "cloudpickle"})

    @pytest.fixture
    def model(self) -> Any:
        def squared(wanted: Any, found: Any) -> tuple[Any, Any]:
            return found - wanted, 0 * wanted + 1

        return lightgbm.LGBMRegressor(objective=squared, n_estimators=5, verbose=-1).fit(X, y)


class TestBooster(TestEstimator):
    requirements = frozenset({"lightgbm", "numpy"})

    @pytest.fixture
    def model(self) -> Any:
        return lightgbm.train({"num_leaves": 4, "verbose": -1}, lightgbm.Dataset(X, y), num_boost_round=5)


def test_another_users_pickle_of_an_estimator_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def squared(wanted: Any, found: Any) -> tuple[Any, Any]:
        return found - wanted, 0 * wanted + 1

    monkeypatch.setenv("NBTRACK_KEY_DIR", str(tmp_path / "theirs"))
    save_model(lightgbm.LGBMRegressor(objective=squared, n_estimators=2, verbose=-1).fit(X, y), tmp_path / "m")
    monkeypatch.setenv("NBTRACK_KEY_DIR", str(tmp_path / "mine"))
    with pytest.raises(UntrustedModel, match="pickle"):
        load_model(tmp_path / "m")


def test_an_estimator_is_loaded_without_unpickling_anything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = lightgbm.LGBMClassifier(n_estimators=3, verbose=-1).fit(X, y)
    save_model(model, tmp_path / "m")
    save_model(make_pipeline(StandardScaler(), model).fit(X, y), tmp_path / "pipeline")
    monkeypatch.setenv("NBTRACK_ALLOW_PICKLE", "never")
    assert load_model(tmp_path / "m").get_params() == model.get_params()
    load_model(tmp_path / "pipeline")


def test_a_model_file_that_is_none_is_refused(tmp_path: Path) -> None:
    document = save_model(lightgbm.train({"verbose": -1}, lightgbm.Dataset(X, y), num_boost_round=2), tmp_path / "m")
    (tmp_path / "m" / "model.lgb").write_text("tree\nnothing")
    sign(tmp_path / "m")
    with pytest.raises(MalformedModel, match="no whole model of LightGBM"):
        load_model(tmp_path / "m")
    assert Model.load(tmp_path / "m").flavors["lightgbm"] == document.flavors["lightgbm"]
