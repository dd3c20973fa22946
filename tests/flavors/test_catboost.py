from __future__ import annotations

from pathlib import Path
from typing import Any

import catboost
import pytest
from sklearn.datasets import load_iris

from nbtrack.errors import MalformedModel, UnsavableModel
from nbtrack.flavors import load_model, save_model
from nbtrack.flavors.contract import FlavorContract
from nbtrack.models import sign

X, y = load_iris(return_X_y=True, as_frame=True)
QUICK = {"iterations": 5, "depth": 2, "verbose": False, "allow_writing_files": False}


class TestClassifier(FlavorContract):
    flavor_name = "catboost"
    requirements = frozenset({"catboost", "numpy"})

    @pytest.fixture
    def model(self) -> Any:
        return catboost.CatBoostClassifier(**QUICK).fit(X, y)

    @pytest.fixture
    def given(self) -> Any:
        return X

    @pytest.fixture
    def wanted(self, model: Any) -> Any:
        return model.predict(X)


class TestPlainModel(TestClassifier):
    @pytest.fixture
    def model(self) -> Any:
        return catboost.CatBoost({**QUICK, "loss_function": "MAE"}).fit(catboost.Pool(X, y))


def test_a_class_of_the_users_own_comes_back_as_the_one_it_derives_from(tmp_path: Path) -> None:
    class Mine(catboost.CatBoostRegressor):
        pass

    save_model(Mine(**QUICK).fit(X, y), tmp_path / "m")
    assert type(load_model(tmp_path / "m")) is catboost.CatBoostRegressor


def test_a_model_that_was_never_fitted_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnsavableModel, match="not fitted"):
        save_model(catboost.CatBoostClassifier(), tmp_path / "m")
    assert not (tmp_path / "m").exists()


@pytest.mark.parametrize(
    ("entry", "value", "message"),
    [("model_type", "Pool", "no model class of CatBoost"), ("save_format", "onnx", "for other programs")],
)
def test_what_a_file_names_is_one_of_a_few(tmp_path: Path, entry: str, value: str, message: str) -> None:
    document = save_model(catboost.CatBoostRegressor(**QUICK).fit(X, y), tmp_path / "m")
    section = {**document.flavors["catboost"], entry: value}
    document.replace(flavors={**document.flavors, "catboost": section}).save(tmp_path / "m")
    sign(tmp_path / "m")
    with pytest.raises(MalformedModel, match=message):
        load_model(tmp_path / "m")


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    save_model(catboost.CatBoostRegressor(**QUICK).fit(X, y), tmp_path / "m")
    (tmp_path / "m" / "model.cb").write_bytes(b"nothing")
    sign(tmp_path / "m")
    with pytest.raises(MalformedModel, match="no whole model of CatBoost"):
        load_model(tmp_path / "m")
