from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbtrack.errors import InvalidInput, MalformedModel
from nbtrack.flavors.keras import KerasPredictor, is_model, read_model, signature_of, write_model
from nbtrack.flavors.pickling import inner_path
from nbtrack.flavors.protocol import FlavorConfig, Predictor
from nbtrack.flavors.tensorflow.programs import ProgramPredictor, read_program, write_program

KERAS, PROGRAM = "keras", "tf2-module"
"""What MLflow calls the two types of model."""
_FOLDERS = {KERAS: "data", PROGRAM: "tf2model"}
_PYFUNC = {"loader_module": "mlflow.tensorflow"}


class TensorFlowFlavor:
    """Saves a ``tf.Module`` as a SavedModel, and a model of Keras as a ``.keras`` archive.

    Parameters
    ----------
    custom_objects
        For a model of Keras; as for `KerasFlavor`.
    """

    name = "tensorflow"

    def __init__(self, custom_objects: Mapping[str, Any] | None = None) -> None:
        self._custom_objects = custom_objects

    def save(self, model: Any, directory: Path) -> FlavorConfig:
        if is_model(model):
            return self._save_keras(model, directory)
        import tensorflow as tf

        if not isinstance(model, tf.Module):
            raise InvalidInput(f"A {type(model).__name__} is neither a tf.Module nor a model of Keras.")
        write_program(model, directory / _FOLDERS[PROGRAM])
        section = {"saved_model_dir": _FOLDERS[PROGRAM], "model_type": PROGRAM, "code": None}
        return FlavorConfig(section, _PYFUNC, frozenset({"tensorflow", "numpy"}))

    def load(self, directory: Path, config: FlavorConfig) -> Any:
        kind = _kind(config)
        if kind == PROGRAM:
            return read_program(directory, inner_path(directory, config.section.get("saved_model_dir")))
        if kind == KERAS:
            return read_model(directory, inner_path(directory, config.section.get("data") or _FOLDERS[KERAS]))
        raise MalformedModel(
            f"{directory} holds a model of the type {kind!r}, which TensorFlow itself doesn't read any more: save it "
            "again as a tf.Module or a model of Keras."
        )

    def predictor(self, model: Any, config: FlavorConfig) -> Predictor:
        return KerasPredictor(model) if _kind(config) == KERAS else ProgramPredictor(model)

    def _save_keras(self, model: Any, directory: Path) -> FlavorConfig:
        import tensorflow as tf

        name = _FOLDERS[KERAS]
        folder = directory / name
        folder.mkdir()
        packages = write_model(model, folder, self._custom_objects) | {"tensorflow"}
        (folder / "keras_module.txt").write_text("tensorflow.keras", encoding="utf-8")
        (folder / "save_format.txt").write_text("tf", encoding="utf-8")
        section = {
            "data": name,
            "model_type": KERAS,
            "keras_version": tf.__version__,  # as MLflow does
            "save_format": "tf",
            "code": None,
        }
        return FlavorConfig(section, {**_PYFUNC, "data": name}, packages, default_signature=signature_of(model))


def _kind(config: FlavorConfig) -> str:
    return str(config.section.get("model_type") or "tf1-estimator")
