"""Models of any kind as one thing with ``predict``, and custom ones written as a class or a function."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbtrack.flavors import PyFuncModel, PythonFunctionFlavor, PythonModel, PythonModelContext
from nbtrack.tracking import models as tracked
from nbtrack.tracking.models import ModelInfo

if TYPE_CHECKING:
    from nbtrack.models import Model

__all__ = ["PyFuncModel", "PythonModel", "PythonModelContext", "load_model", "log_model", "save_model"]


def save_model(
    path: str | Path, python_model: Any, *, artifacts: Mapping[str, str | Path] | None = None, **options: Any
) -> Model:
    """Save a custom model to a folder.

    Parameters
    ----------
    python_model
        A ``PythonModel``, or a function of the data.
    artifacts
        Files and folders to copy into the model, by the name under which ``context.artifacts`` gives them back.
    options
        Those of ``nbtrack.flavors.save_model``.
    """
    from nbtrack.flavors import save_model

    return save_model(python_model, path, flavor=PythonFunctionFlavor(_local(artifacts)), **options)


def log_model(
    artifact_path: str = "model",
    python_model: Any = None,
    *,
    artifacts: Mapping[str, str | Path] | None = None,
    **options: Any,
) -> ModelInfo:
    """Save a custom model among the artifacts of the active run; see ``save_model``."""
    flavor = PythonFunctionFlavor(_local(artifacts))
    return tracked.log_model(python_model, artifact_path, flavor=flavor, **options)


def load_model(model_uri: str) -> PyFuncModel:
    """Load a model of any flavor from a path, ``runs:/RUN_ID/PATH`` or ``models:/NAME/VERSION``."""
    return tracked.load_pyfunc_model(model_uri)


def _local(artifacts: Mapping[str, str | Path] | None) -> dict[str, str]:
    """Turn artifacts that are models of runs, or of the registry, into the folders where they lie."""
    return {
        name: str(tracked.model_place(str(place)).folder) if str(place).startswith(("runs:", "models:")) else str(place)
        for name, place in (artifacts or {}).items()
    }
