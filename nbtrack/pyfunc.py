"""Models of any kind as one thing with ``predict``, and custom ones written as a class or a function."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbtrack.errors import InvalidInput
from nbtrack.flavors import (
    LoaderModule,
    ModelScript,
    PyFuncModel,
    PythonFunctionFlavor,
    PythonModel,
    PythonModelContext,
    TypeFromExample,
)
from nbtrack.models import read_settings
from nbtrack.tracking import models as tracked
from nbtrack.tracking.models import ModelInfo

if TYPE_CHECKING:
    from nbtrack.models import Model

__all__ = [
    "PyFuncModel",
    "PythonModel",
    "PythonModelContext",
    "TypeFromExample",
    "load_model",
    "log_model",
    "save_model",
]


def save_model(
    path: str | Path,
    python_model: Any = None,
    *,
    loader_module: str | None = None,
    data_path: str | Path | None = None,
    from_code: bool = False,
    artifacts: Mapping[str, str | Path] | None = None,
    model_config: Mapping[str, Any] | str | Path | None = None,
    **options: Any,
) -> Model:
    """Save a custom model to a folder.

    Parameters
    ----------
    python_model
        A ``PythonModel``, a function of the data, or the path of a script that makes either and calls
        ``nbtrack.models.set_model`` with it.
    loader_module, data_path
        In its place: the name of a module whose ``_load_pyfunc(path)`` returns something with ``predict``, and the file
        or folder that it gets.
    from_code
        Keep source in place of a pickle: that of the function, or of the notebook cell that called
        ``nbtrack.models.set_model(python_model)``.
    artifacts
        Files and folders to copy into the model, by the name under which ``context.artifacts`` gives them back. A model
        URI (``runs:/``, ``models:/``, ``s3://``) stands for what it points to.
    model_config
        Settings for ``context.model_config``: a dict, or the path of a YAML file.
    options
        Those of ``nbtrack.flavors.save_model``, such as ``code_paths``.
    """
    from nbtrack.flavors import save_model

    model = _model(python_model, loader_module, data_path, from_code=from_code)
    flavor = PythonFunctionFlavor(_local(artifacts), read_settings(model_config))
    return save_model(model, path, flavor=flavor, **options)


def log_model(
    artifact_path: str = "model",
    python_model: Any = None,
    *,
    loader_module: str | None = None,
    data_path: str | Path | None = None,
    from_code: bool = False,
    artifacts: Mapping[str, str | Path] | None = None,
    model_config: Mapping[str, Any] | str | Path | None = None,
    **options: Any,
) -> ModelInfo:
    """Save a custom model among the artifacts of the active run; see ``save_model``."""
    model = _model(python_model, loader_module, data_path, from_code=from_code)
    flavor = PythonFunctionFlavor(_local(artifacts), read_settings(model_config))
    return tracked.log_model(model, artifact_path, flavor=flavor, **options)


def load_model(model_uri: str | Path, *, model_config: Mapping[str, Any] | str | Path | None = None) -> PyFuncModel:
    """Load a model of any flavor from a path, ``runs:/RUN_ID/PATH`` or ``models:/NAME/VERSION``.

    Parameters
    ----------
    model_config
        Takes the place of settings that the model was saved with: a dict, or the path of a YAML file.
    """
    return tracked.load_pyfunc_model(model_uri, read_settings(model_config))


def _model(python_model: Any, loader_module: str | None, data_path: str | Path | None, *, from_code: bool) -> Any:
    if (python_model is None) is (loader_module is None):
        raise InvalidInput("Give either python_model or loader_module: one of them says what the model is.")
    if loader_module is not None:
        return LoaderModule(loader_module, None if data_path is None else Path(data_path))
    if data_path is not None:
        raise InvalidInput("data_path belongs to loader_module; files for a python_model are its artifacts.")
    if isinstance(python_model, (str, Path)):
        return ModelScript.from_file(python_model)
    return ModelScript.of(python_model) if from_code else python_model


def _local(artifacts: Mapping[str, str | Path] | None) -> dict[str, str]:
    """Turn artifacts that are models of runs, of the registry or of a bucket, into the folders where they lie."""
    return {
        name: str(tracked.model_place(str(place)).folder)
        if str(place).startswith(("runs:", "models:")) or "://" in str(place)
        else str(place)
        for name, place in (artifacts or {}).items()
    }
