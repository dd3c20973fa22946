from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbtrack.flavors.keras.files import read_model, write_model
from nbtrack.flavors.keras.prediction import KerasPredictor, signature_of
from nbtrack.flavors.pickling import inner_path
from nbtrack.flavors.protocol import FlavorConfig, Predictor

_FOLDER = "data"
_MODULE = "keras_module.txt"


class KerasFlavor:
    """Saves models of Keras 3, whichever backend computes them.

    Parameters
    ----------
    custom_objects
        Layers, losses and functions of one's own, by the names that the model refers to them with; those that can be
        found, in the model itself or where they were defined, need not be given.
    """

    name = "keras"

    def __init__(self, custom_objects: Mapping[str, Any] | None = None) -> None:
        self._custom_objects = custom_objects

    def save(self, model: Any, directory: Path) -> FlavorConfig:
        import keras

        folder = directory / _FOLDER
        folder.mkdir()
        packages = write_model(model, folder, self._custom_objects)
        (folder / _MODULE).write_text("keras", encoding="utf-8")
        section = {
            "data": _FOLDER,
            "keras_version": keras.__version__,
            "keras_backend": keras.backend.backend(),
            "save_exported_model": False,
        }
        return FlavorConfig(section, {"loader_module": "mlflow.keras"}, packages, default_signature=signature_of(model))

    def load(self, directory: Path, config: FlavorConfig) -> Any:
        folder = inner_path(directory, config.section.get("data") or _FOLDER)
        if config.section.get("save_exported_model"):
            from nbtrack.flavors.tensorflow import read_program

            return read_program(directory, folder / "model")
        return read_model(directory, folder)

    def predictor(self, model: Any, config: FlavorConfig) -> Predictor:
        if config.section.get("save_exported_model"):
            from nbtrack.flavors.tensorflow import ProgramPredictor

            return ProgramPredictor(model)
        return KerasPredictor(model)
