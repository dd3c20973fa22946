"""What the configuration inside a file of Keras names: classes and functions, read without importing any.

Keras makes a model again from names of classes and what they are called with. Some versions import whatever module a
name is in, and some layers of Keras itself run code that lies in the file, or open other files.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from nbtrack.errors import MalformedModel
from nbtrack.flavors.keras.archives import check_archive, hdf5, refuse_links

CONFIG = "config.json"
FILE = "model.keras"
FILES = (FILE, "model.h5")
"""What models lie in: archives of Keras 3, and HDF5, which older versions wrote."""

_FUNCTIONS = frozenset(
    f"keras.{name}"
    for name in ("activations", "constraints", "initializers", "losses", "metrics", "ops", "ops.nn", "regularizers")
)
_CLASSES = _FUNCTIONS | {
    "keras",
    "keras.dtype_policies",
    "keras.layers",
    "keras.models",
    "keras.optimizers",
    "keras.optimizers.legacy",
    "keras.optimizers.schedules",
    "keras.quantizers",
    "keras.random",
}
# The classes behind keras.Model and what functional models compute have no public name.
_INNER_CLASSES = ("keras.src.models.", "keras.src.ops.")
_VALUES = frozenset({"__bytes__", "__ellipsis__", "__keras_tensor__", "__numpy__", "__slice__", "__tensor__"})
_RUNNING = {
    "__lambda__": "runs the bytecode of a lambda",
    "Lambda": "runs the function of a Lambda layer",
    "TorchModuleWrapper": "unpickles a module of PyTorch",
    "TFSMLayer": "runs a program of TensorFlow from another folder",
    "JaxLayer": "runs a function of JAX",
    "FlaxLayer": "runs a module of Flax",
}


@dataclass(frozen=True)
class Reference:
    """A class or function that is not Keras's own.

    Parameters
    ----------
    module
        Where it was defined; None for what a notebook or a script defined.
    name
        What it is called there.
    key
        The name by which Keras looks it up among custom objects.
    """

    module: str | None
    name: str
    key: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}" if self.module else self.key


@dataclass(frozen=True)
class ModelConfig:
    """What making a model from its configuration takes, beside classes of Keras that only compute.

    Parameters
    ----------
    references
        The classes and functions that are not Keras's own.
    runs
        In words, what of Keras's own runs code from the file, or opens other files.
    functions
        Functions by their names alone: Keras's own, or such as whoever loads the model gives.
    """

    references: tuple[Reference, ...] = ()
    runs: tuple[str, ...] = ()
    functions: frozenset[str] = frozenset()

    @property
    def needs(self) -> str:
        """What there is to be trusted, in words; empty if nothing."""
        named = ", ".join(str(reference) for reference in self.references)
        return "; ".join(([f"names of classes and functions ({named})"] if named else []) + list(self.runs))


def read_config(path: Path) -> ModelConfig:
    """Look into a ``.keras`` archive or an HDF5 file.

    Raises
    ------
    MalformedModel
        It is damaged, or made to harm who opens it: names outside of the archive, links to other files, a bomb.
    """
    content = _content_of_hdf5(path) if path.suffix == ".h5" else _content_of_archive(path)
    try:
        nodes = list(_described(json.loads(content)))
    except (ValueError, RecursionError) as error:
        raise MalformedModel(f"The configuration in {path} can't be read: {error}") from None
    references = {reference: None for node in nodes if (reference := _reference(node)) is not None}
    runs = {line: None for node in nodes for line in _running(node)}
    functions = frozenset(str(node.get("config")) for node in nodes if node["class_name"] == "function")
    return ModelConfig(tuple(references), tuple(runs), functions)


def _content_of_archive(path: Path) -> bytes:
    try:
        with ZipFile(path) as archive:
            check_archive(archive, path)
            return archive.read(CONFIG)
    except (BadZipFile, KeyError, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        raise MalformedModel(f"{path} is no whole archive of Keras: {error}") from error


def _content_of_hdf5(path: Path) -> str | bytes:
    try:
        with hdf5().File(path, "r") as file:
            refuse_links(file, path)
            config = file.attrs["model_config"]
            compiled = file.attrs.get("training_config", "null")
    except (OSError, KeyError, ValueError, RuntimeError, TypeError) as error:
        raise MalformedModel(f"{path} is no whole HDF5 file of Keras: {error}") from error
    return f"[{_text(config)}, {_text(compiled)}]"


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _described(value: Any) -> Iterator[Mapping[str, Any]]:
    """Yield each object of a configuration that tells a class, at whatever depth."""
    waiting = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            if "class_name" in node:
                yield node
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)


def _reference(node: Mapping[str, Any]) -> Reference | None:
    kind, module = str(node["class_name"]), node.get("module")
    if kind in _VALUES or kind == "__lambda__":
        return None
    name = str(node.get("config") if kind == "function" else node.get("spec_name", kind))
    if _is_own(node, kind, name):
        return None
    key = name if kind == "function" else str(node.get("registered_name") or name)
    return Reference(None if module is None else str(module), name, key)


def _is_own(node: Mapping[str, Any], kind: str, name: str) -> bool:
    registered = node.get("registered_name")
    if ">" in name or (registered is not None and registered not in (name, kind)):
        return False
    if "module" not in node:  # as Keras 2 wrote it: names of its own classes, without their place
        return registered is None and kind != "function"
    module = str(node["module"])
    if kind == "function":
        return module == "builtins" or module in _FUNCTIONS
    # In lower case are functions that do more than compute, such as load_model.
    return name[:1].isupper() and (module in _CLASSES or module.startswith(_INNER_CLASSES))


def _running(node: Mapping[str, Any]) -> Iterator[str]:
    kind, config = str(node["class_name"]), node.get("config")
    if kind in _RUNNING:
        yield _RUNNING[kind]
    if isinstance(config, Mapping) and isinstance(config.get("vocabulary"), str):
        yield f"opens the file {config['vocabulary']!r}"
