"""The weights alone, as safetensors, beside the name of their class and what it was called with."""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbtrack.errors import MalformedModel, MissingPackage, UnsavableModel
from nbtrack.flavors.pytorch.damage import refusing_damage
from nbtrack.models import require_trust

FILE = "model.safetensors"


def write(model: Any, path: Path, arguments: Mapping[str, Any] | None) -> dict[str, Any]:
    """Write the weights of a module and return what the section must say, so that it can be made again.

    Raises
    ------
    UnsavableModel
        Its class can't be found by name, or called with these arguments, or has other weights then.
    """
    cls = type(model)
    given = dict(getattr(model, "hparams", None) or {}) if arguments is None else dict(arguments)
    try:
        given = json.loads(json.dumps(given))
        again = _found(cls.__module__, cls.__qualname__)(**given)
    except (TypeError, ValueError, AttributeError, ImportError) as error:
        raise UnsavableModel(
            f"safetensors keeps no class: {cls.__name__} must be made again by its name and plain arguments, and "
            f"can't be ({error}). Give arguments={{...}}, or save it as a pickle."
        ) from error
    if _shapes(again) != _shapes(model):
        call = ", ".join(f"{name}={value!r}" for name, value in given.items())
        raise UnsavableModel(f"{cls.__name__}({call}) has other weights than this model. Give its arguments={{...}}.")
    _safetensors().torch.save_model(model, str(path))
    return {"model_class": f"{cls.__module__}:{cls.__qualname__}", "arguments": given}


def packages_of(model: Any) -> frozenset[str]:
    return frozenset({"safetensors", type(model).__module__.partition(".")[0]})


def read(directory: Path, path: Path, section: Mapping[str, Any]) -> Any:
    """Make the module again by its class, and fill in its weights; on the CPU, ready to predict.

    Raises
    ------
    UntrustedModel
        This user didn't sign the folder: the class that it names is imported and called.
    MalformedModel
        It names no class of modules, or the file is damaged or has other weights.
    """
    import torch

    safetensors = _safetensors()
    name, arguments = str(section.get("model_class")), section.get("arguments") or {}
    require_trust(directory, f"the name of a class that is imported and called ({name})")
    module_name, _, attribute = name.partition(":")
    with refusing_damage(path):
        cls = _found(module_name, attribute)
        if not (isinstance(cls, type) and issubclass(cls, torch.nn.Module) and isinstance(arguments, Mapping)):
            raise MalformedModel(f"The MLmodel file of {directory} names {name!r}, which is no class of modules.")
        try:
            model = cls(**arguments)
        except TypeError as error:
            raise MalformedModel(f"{name} can't be called as when the model was saved: {error}") from error
        try:
            safetensors.torch.load_model(model, str(path), device="cpu")
        except safetensors.SafetensorError as error:
            raise MalformedModel(f"{path} is no whole file of safetensors: {error}") from error
    return model.eval()


def _found(module_name: str, qualified_name: str) -> Any:
    """Find a class by its name; one that a function made has none."""
    found: Any = importlib.import_module(module_name)
    for part in qualified_name.split("."):
        found = getattr(found, part)
    return found


def _shapes(model: Any) -> dict[str, tuple[int, ...]]:
    return {name: tuple(value.shape) for name, value in model.state_dict().items()}


def _safetensors() -> Any:
    try:
        import safetensors.torch
    except ModuleNotFoundError as error:
        raise MissingPackage("safetensors", "PyTorch's weights as safetensors", "nbtrack[pytorch]") from error
    return safetensors
