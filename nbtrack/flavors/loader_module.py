"""Models that a module of the user's own loads: ``_load_pyfunc(path)`` returns something with ``predict``."""

from __future__ import annotations

import importlib
import inspect
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbtrack.errors import InvalidInput, MalformedModel
from nbtrack.flavors.pickling import inner_path

_DATA = "data"
_FUNCTION = "_load_pyfunc"


@dataclass(frozen=True)
class LoaderModule:
    """The name of a module with a function ``_load_pyfunc(path[, model_config])``, and the data that it gets."""

    name: str
    data_path: Path | None = None

    def write(self, directory: Path) -> dict[str, Any]:
        """Copy the data and return what the MLmodel file says of it.

        Raises
        ------
        InvalidInput
            The name is none of a module, or the data is not there.
        """
        if not _is_module_name(self.name):
            raise InvalidInput(f"loader_module is the name of a module, as in `import my_loader`, not {self.name!r}.")
        if self.data_path is None:
            return {"loader_module": self.name}
        source = self.data_path.expanduser()
        if not source.exists():
            raise InvalidInput(f"The data path {str(self.data_path)!r} is not there.")
        target = directory / _DATA / source.absolute().name
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            target.parent.mkdir()
            shutil.copyfile(source, target)
        return {"loader_module": self.name, "data": target.relative_to(directory).as_posix()}


def load_by_module(directory: Path, pyfunc: Mapping[str, Any]) -> Any:
    """Import the loader module and let it load the model. Whoever calls this has asked for trust.

    Raises
    ------
    MalformedModel
        The module is not there, is no loader, or what it returns can't predict.
    """
    name, settings = pyfunc.get("loader_module"), pyfunc.get("config")
    if not _is_module_name(name):
        raise MalformedModel(f"The MLmodel file of {directory} names no module as its loader: {name!r}.")
    data = inner_path(directory, pyfunc["data"]) if pyfunc.get("data") is not None else directory
    try:
        module = importlib.import_module(str(name))
    except ImportError as error:
        raise MalformedModel(
            f"The model in {directory} is loaded by the module {name}, which can't be imported here ({error}). "
            "Save it with code_paths=[...], or install what brings it."
        ) from error
    load = getattr(module, _FUNCTION, None)
    if load is None:
        raise MalformedModel(f"The module {name} loads no models: it has no function {_FUNCTION}(path).")
    model = load(str(data), settings) if settings and _takes_settings(load) else load(str(data))
    method = pyfunc.get("predict_fn") or "predict"
    if not hasattr(model, str(method)):
        raise MalformedModel(
            f"What {name}.{_FUNCTION}() returns is of the class {type(model).__name__} and has no {method}()."
        )
    return model


def _is_module_name(name: object) -> bool:
    return isinstance(name, str) and all(part.isidentifier() for part in name.split("."))


def _takes_settings(load: Any) -> bool:
    return len(inspect.signature(load).parameters) > 1
