"""LightGBM: boosters in LightGBM's own text format, what has scikit-learn's interface as skops."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbtrack.errors import MalformedModel
from nbtrack.flavors.estimator_files import read_estimator, write_estimator
from nbtrack.flavors.pickling import inner_path
from nbtrack.flavors.protocol import FlavorConfig, Predictor

_BOOSTER = "lightgbm.basic.Booster"
_FILE = "model.lgb"


class LightGBMFlavor:
    """Saves a ``Booster``, ``LGBMClassifier`` and their like."""

    name = "lightgbm"

    def save(self, model: Any, directory: Path) -> FlavorConfig:
        import lightgbm

        section: dict[str, Any] = {
            "lgb_version": lightgbm.__version__,
            "model_class": f"{type(model).__module__}.{type(model).__name__}",
            "code": None,
        }
        packages = frozenset({"lightgbm", "numpy"})
        if isinstance(model, lightgbm.Booster):
            file = _FILE
            model.save_model(directory / file)
        else:
            written = write_estimator(model, directory)
            file = written.name
            section |= written.section
            packages |= written.packages | {"sklearn"}
        return FlavorConfig({**section, "data": file}, {"loader_module": "mlflow.lightgbm", "data": file}, packages)

    def load(self, directory: Path, config: FlavorConfig) -> Any:
        import lightgbm

        section = config.section
        if section.get("model_class", _BOOSTER) != _BOOSTER:
            return read_estimator(directory, section.get("data"), section)
        path = inner_path(directory, section.get("data") or _FILE)
        try:
            return lightgbm.Booster(model_file=path)
        except lightgbm.basic.LightGBMError as error:
            raise MalformedModel(f"{path} is no whole model of LightGBM: {error}") from error

    def predictor(self, model: Any, config: FlavorConfig) -> Predictor:  # noqa: ARG002 the protocol's
        def predict(given: Any, params: Mapping[str, Any]) -> Any:
            return model.predict(given, **params)

        return predict
