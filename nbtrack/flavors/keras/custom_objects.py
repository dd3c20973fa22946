"""Layers, losses and functions of a user's own, kept beside a model as MLflow keeps them: pickled, by name."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FunctionType
from typing import Any

from nbtrack.errors import MalformedModel, UnsavableModel
from nbtrack.flavors.keras.configs import ModelConfig, Reference
from nbtrack.flavors.pickling import read_pickle, write_pickle

FILE = "custom_objects.cloudpickle"
_FILES = ("global_custom_objects.cloudpickle", FILE)
"""Of MLflow: those that were registered, and those that were given; the latter count."""

_FUNCTIONS_OF_KERAS = ("activations", "constraints", "initializers", "losses", "metrics", "regularizers")


def write_custom_objects(model: Any, config: ModelConfig, given: Mapping[str, Any], folder: Path) -> frozenset[str]:
    """Write what a model refers to and what was given, if there is anything; return the packages that it needs.

    Raises
    ------
    UnsavableModel
        Something that the model refers to can't be found, or not be pickled.
    """
    import keras

    registered = keras.saving.get_custom_objects()
    parts = {keras.saving.get_registered_name(part): part for part in _parts(model)}
    needed = {key: part for key, part in parts.items() if key in config.functions} | dict(given)
    for reference in config.references:
        known = (objects[reference.key] for objects in (given, registered, parts) if reference.key in objects)
        found = next(known, None)
        if found is None:
            found = _attribute(sys.modules.get(reference.module or "__main__"), reference.name)
        if found is None:
            raise UnsavableModel(
                f"The model refers to {reference}, which can't be found. "
                f"Give custom_objects={{{reference.key!r}: ...}}."
            )
        needed[reference.key] = found
    return write_pickle(needed, folder / FILE) if needed else frozenset()


def read_custom_objects(directory: Path, folder: Path, config: ModelConfig) -> dict[str, Any]:
    """Return the objects of a user's own that a model needs; nothing is opened or imported for one that needs none.

    The folder is trusted where the model has references.

    Raises
    ------
    UntrustedModel, MalformedModel
        This user didn't sign their pickle; it is damaged.
    """
    imported = {reference.key: _imported(reference) for reference in config.references}
    found = {key: part for key, part in imported.items() if part is not None}
    if not config.references and all(_is_of_keras(name) for name in config.functions):
        return found
    for name in _FILES:
        file = folder / name
        if file.exists():
            objects = read_pickle(directory, file.relative_to(directory).as_posix())
            if not isinstance(objects, dict):
                raise MalformedModel(f"{file} holds no custom objects of Keras, which are a dict.")
            found |= objects
    return found


def _is_of_keras(name: str) -> bool:
    import keras

    return any(hasattr(getattr(keras, module), name) for module in _FUNCTIONS_OF_KERAS)


def _imported(reference: Reference) -> Any:
    if not reference.module:
        return None
    try:
        return _attribute(importlib.import_module(reference.module), reference.name)
    except ImportError:
        return None  # the pickle may have it, or the user has registered it; else Keras says that it is missing


def _attribute(module: Any, name: str) -> Any:
    return getattr(module, name, None)


def _parts(model: Any) -> Iterator[Any]:
    """Yield the classes and functions that a model is made of; a configuration tells only their names."""
    import keras

    layers = list(model._flatten_layers())  # noqa: SLF001 Model.layers has those of the first level only
    compiled = getattr(getattr(model, "_compile_config", None), "config", None) or {}
    for part in (*layers, *keras.tree.flatten(compiled)):
        yield from _own(part)
        for value in list(getattr(part, "__dict__", {}).values()):
            yield from _own(value)


def _own(part: Any) -> Iterator[Any]:
    found = part if isinstance(part, FunctionType) else type(part)
    is_part = hasattr(found, "from_config") or isinstance(found, FunctionType)
    if is_part and found.__module__.partition(".")[0] != "keras":
        yield found
