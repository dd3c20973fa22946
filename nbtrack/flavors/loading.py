"""Load a model folder: natively, or as a python_function."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from nbtrack.errors import MalformedModel
from nbtrack.flavors.protocol import FlavorConfig
from nbtrack.flavors.pyfunc_model import PyFuncModel
from nbtrack.flavors.python_function import LoadedPythonModel
from nbtrack.flavors.selection import PYTHON_FUNCTION, flavor_of
from nbtrack.models import Model, refuse_changed


def load_model(directory: str | os.PathLike[str]) -> Any:
    """Load a model as its framework knows it.

    Raises
    ------
    MalformedModel
        The folder is damaged, incomplete or no model.
    UnknownFlavor
        No installed package knows its flavor.
    UntrustedModel
        Loading would run code that this user didn't sign.
    """
    model = _load(Path(directory))[2]
    return model.python_model if isinstance(model, LoadedPythonModel) else model


def load_pyfunc(directory: str | os.PathLike[str]) -> PyFuncModel:
    """Load a model behind the one interface that all flavors share: ``predict(data, params=None)``.

    Raises
    ------
    MalformedModel, UnknownFlavor, UntrustedModel
        As `load_model`.
    """
    document, config, model, flavor = _load(Path(directory), for_predictions=True)
    return PyFuncModel(document, model, flavor.predictor(model, config))


def _load(directory: Path, for_predictions: bool = False) -> tuple[Model, FlavorConfig, Any, Any]:
    document = Model.load(directory)
    if for_predictions and PYTHON_FUNCTION not in document.flavors:
        raise MalformedModel(f"{directory} has no python_function flavor: its object can't predict.")
    flavor, config = flavor_of(document, str(directory))
    refuse_changed(directory)
    return document, config, flavor.load(directory, config), flavor
