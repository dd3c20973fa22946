"""CatBoost: its models in its own binary format."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbtrack.errors import MalformedModel, UnsavableModel
from nbtrack.flavors.pickling import inner_path
from nbtrack.flavors.protocol import FlavorConfig, Predictor

_FORMAT = "cbm"
_FORMATS = (_FORMAT, "json")
_FILE = "model.cb"
_CLASSES = ("CatBoost", "CatBoostClassifier", "CatBoostRegressor", "CatBoostRanker")


class CatBoostFlavor:
    """Saves a ``CatBoost``, ``CatBoostClassifier`` and their like."""

    name = "catboost"

    def save(self, model: Any, directory: Path) -> FlavorConfig:
        import catboost

        if not model.is_fitted():
            raise UnsavableModel(f"This {type(model).__name__} can't be saved: it is not fitted yet. Call fit() first.")
        model.save_model(str(directory / _FILE), format=_FORMAT)
        section = {
            "catboost_version": catboost.__version__,
            # A class of the user's own comes back as that of CatBoost which it derives from: its file holds no more.
            "model_type": next(cls.__name__ for cls in type(model).__mro__ if cls.__name__ in _CLASSES),
            "save_format": _FORMAT,
            "data": _FILE,
            "code": None,
        }
        pyfunc = {"loader_module": "mlflow.catboost", "data": _FILE}
        return FlavorConfig(section, pyfunc, frozenset({"catboost", "numpy"}))

    def load(self, directory: Path, config: FlavorConfig) -> Any:
        import catboost

        section = config.section
        name, form = section.get("model_type"), section.get("save_format") or _FORMAT
        if name not in _CLASSES:
            raise MalformedModel(
                f"The MLmodel file of {directory} names {name!r}, which is no model class of CatBoost."
            )
        if form not in _FORMATS:
            raise MalformedModel(
                f"{directory} holds a CatBoost model in the format {form!r}, which is for other programs. "
                f"CatBoost can predict from {' and '.join(_FORMATS)}."
            )
        path = inner_path(directory, section.get("data") or _FILE)
        model = getattr(catboost, name)()
        try:
            model.load_model(str(path), format=form)
        except catboost.CatBoostError as error:
            raise MalformedModel(f"{path} is no whole model of CatBoost: {error}") from error
        return model

    def predictor(self, model: Any, config: FlavorConfig) -> Predictor:  # noqa: ARG002 the protocol's
        def predict(given: Any, params: Mapping[str, Any]) -> Any:
            return model.predict(given, **params)

        return predict
