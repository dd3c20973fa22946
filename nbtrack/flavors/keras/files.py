"""Models of Keras in files: ``.keras`` archives, and HDF5, which older versions wrote."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from nbtrack.errors import MalformedModel, UnsavableModel
from nbtrack.flavors.keras.configs import FILE, FILES, read_config
from nbtrack.flavors.keras.custom_objects import read_custom_objects, write_custom_objects
from nbtrack.models import require_trust

_DAMAGED = (BadZipFile, OSError, EOFError, ValueError, TypeError, KeyError, AttributeError, ImportError, RuntimeError)


def is_model(value: object) -> bool:
    """Return whether this is a model of Keras; Keras is not imported for that."""
    keras = sys.modules.get("keras")
    return keras is not None and isinstance(value, keras.Model)


def write_model(model: Any, folder: Path, custom_objects: Mapping[str, Any] | None) -> frozenset[str]:
    """Write a model, with the classes and functions of the user's own; return the packages that loading needs.

    Raises
    ------
    UnsavableModel
        Keras can't save it, or something of the user's own can't be pickled.
    """
    import keras

    path = folder / FILE
    _refuse_lost_arguments(model)
    try:
        model.save(path)
    except (ValueError, TypeError, NotImplementedError, AttributeError) as error:
        raise UnsavableModel(f"Keras can't save this {type(model).__name__}: {_reason(error)}") from error
    custom = write_custom_objects(model, read_config(path), custom_objects or {}, folder)
    return frozenset({"keras", "numpy", keras.backend.backend()}) | custom


def _refuse_lost_arguments(model: Any) -> None:
    """Refuse what Keras would save and could not make again, since a class doesn't take what its get_config says."""
    import keras

    plain = {base.from_config.__func__ for base in (keras.Model, keras.Layer)}
    for layer in model._flatten_layers():  # noqa: SLF001 Model.layers has those of the first level only
        cls = type(layer)
        if cls.__module__.partition(".")[0] == "keras" or getattr(cls.from_config, "__func__", None) not in plain:
            continue
        try:
            inspect.signature(cls).bind(**layer.get_config())
        except TypeError as error:
            raise UnsavableModel(
                f"Keras could save this {cls.__name__} and not load it: {cls.__name__}() {error}. Let __init__ take "
                "**kwargs and hand them to super().__init__(), and get_config() tell the others."
            ) from error


def read_model(directory: Path, folder: Path) -> Any:
    """Read a model, which may name classes of Keras that only compute; all else needs this user's signature.

    Raises
    ------
    UntrustedModel, MalformedModel
        This user didn't sign it; it is damaged, or made to harm who opens it.
    """
    path = next((folder / name for name in FILES if (folder / name).is_file()), None)
    if path is None:
        raise MalformedModel(
            f"{directory} is incomplete: its folder {folder.name!r} holds no {' or '.join(FILES)}. "
            "Folders that TensorFlow wrote before 2.16 can't be read by Keras 3: save the model again there, as .h5."
        )
    config = read_config(path)
    if config.needs:
        require_trust(directory, f"{config.needs} (in {path.name})")
    custom = read_custom_objects(directory, folder, config)
    import keras

    try:
        return keras.saving.load_model(path, custom_objects=custom, safe_mode=not config.runs)
    except _DAMAGED as error:
        raise MalformedModel(f"{path} is no whole model of Keras: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    """Return what went wrong at the bottom of it, without the pages of configuration that Keras prints."""
    text = str(error).rpartition("Exception encountered: ")[2].partition("Full object config")[0]
    lines = text.strip().splitlines()
    return lines[0] if lines else repr(error)
