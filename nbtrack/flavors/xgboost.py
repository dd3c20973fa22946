"""XGBoost: boosters and what has scikit-learn's interface, in XGBoost's own format."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbtrack.errors import InvalidInput, MalformedModel
from nbtrack.flavors.pickling import inner_path
from nbtrack.flavors.protocol import FlavorConfig, Predictor

_FORMATS = ("ubj", "json")
_BOOSTER = "xgboost.core.Booster"


class XGBoostFlavor:
    """Saves a ``Booster``, ``XGBClassifier`` and their like.

    Parameters
    ----------
    model_format
        ``ubj``, small and quick, or ``json``, which people can read.
    """

    name = "xgboost"

    def __init__(self, model_format: str = "ubj") -> None:
        if model_format not in _FORMATS:
            raise InvalidInput(f"XGBoost writes the formats {' and '.join(_FORMATS)}, not {model_format!r}.")
        self._format = model_format

    def save(self, model: Any, directory: Path) -> FlavorConfig:
        import xgboost

        file = f"model.{self._format}"
        model.save_model(directory / file)
        section = {
            "model_class": f"{type(model).__module__}.{type(model).__name__}",
            "model_format": self._format,
            "data": file,
            "xgb_version": xgboost.__version__,
            "code": None,
        }
        pyfunc = {"loader_module": "mlflow.xgboost", "data": file}
        packages = {"xgboost", "numpy"} | (set() if isinstance(model, xgboost.Booster) else {"sklearn"})
        return FlavorConfig(section, pyfunc, frozenset(packages))

    def load(self, directory: Path, config: FlavorConfig) -> Any:
        import xgboost

        path = inner_path(directory, config.section.get("data") or "model.xgb")
        model = _class_named(str(config.section.get("model_class") or _BOOSTER), directory)()
        try:
            model.load_model(path)
        except (xgboost.core.XGBoostError, ValueError, TypeError, KeyError) as error:
            raise MalformedModel(f"{path} is no whole model of XGBoost: {str(error).splitlines()[0]}") from error
        return model

    def predictor(self, model: Any, config: FlavorConfig) -> Predictor:  # noqa: ARG002 the protocol's
        import xgboost

        is_booster = isinstance(model, xgboost.Booster)

        def predict(given: Any, params: Mapping[str, Any]) -> Any:
            return model.predict(xgboost.DMatrix(given) if is_booster else given, **params)

        return predict


def _class_named(name: str, directory: Path) -> Any:
    """Return a model class of XGBoost itself: a name in a file must not import anything else."""
    module, _, attribute = name.rpartition(".")
    found = getattr(importlib.import_module(module), attribute, None) if module.split(".")[0] == "xgboost" else None
    if not isinstance(found, type) or not hasattr(found, "load_model"):
        raise MalformedModel(f"The MLmodel file of {directory} names {name!r}, which is no model class of XGBoost.")
    return found
