"""Load a model folder: natively, or as a python_function."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nbtrack.errors import MalformedModel
from nbtrack.flavors.bundled_code import BundledCode
from nbtrack.flavors.installed_versions import naming_missing_packages, warn_if_far
from nbtrack.flavors.pickling import inner_path
from nbtrack.flavors.protocol import Flavor, FlavorConfig
from nbtrack.flavors.pyfunc_model import PyFuncModel
from nbtrack.flavors.python_function import LoadedPythonModel
from nbtrack.flavors.selection import flavor_of
from nbtrack.models import Model, judged_once, refuse_changed, require_trust


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
    MissingPackage
        A package that the model requires is not installed.
    """
    loaded = _load(Path(directory))
    if loaded.code is not None:
        loaded.code.leave_imported()
    return loaded.model.python_model if isinstance(loaded.model, LoadedPythonModel) else loaded.model


def load_pyfunc(directory: str | os.PathLike[str], model_config: Mapping[str, Any] | None = None) -> PyFuncModel:
    """Load a model behind the one interface that all flavors share: ``predict(data, params=None)``.

    Parameters
    ----------
    model_config
        Takes the place of settings that the model was saved with.

    Raises
    ------
    MalformedModel, UnknownFlavor, UntrustedModel, MissingPackage
        As `load_model`.
    """
    loaded = _load(Path(directory), for_predictions=True, model_config=model_config)
    predictor = loaded.flavor.predictor(loaded.model, loaded.config)
    return PyFuncModel(loaded.document, loaded.model, predictor, loaded.code)


@dataclass(frozen=True)
class _Loaded:
    document: Model
    config: FlavorConfig
    flavor: Flavor
    model: Any
    code: BundledCode | None


def _load(directory: Path, for_predictions: bool = False, model_config: Mapping[str, Any] | None = None) -> _Loaded:
    document = Model.load(directory)
    flavor, config = flavor_of(document, str(directory))
    if for_predictions and config.pyfunc is None and not getattr(flavor, "always_predicts", False):
        raise MalformedModel(f"{directory} has no python_function flavor: its object can't predict.")
    if not isinstance((config.pyfunc or {}).get("config") or {}, Mapping):
        raise MalformedModel(f"The settings in the MLmodel file of {directory} are no mapping of names to values.")
    if model_config:
        config = _with_settings(config, model_config)
    with judged_once():
        refuse_changed(directory)
        code = _bundled_code(directory, config)
        warn_if_far(directory, document)
        with naming_missing_packages(directory), code.importable() if code else nullcontext():
            model = flavor.load(directory, config)
    return _Loaded(document, config, flavor, model, code)


def _bundled_code(directory: Path, config: FlavorConfig) -> BundledCode | None:
    name = config.section.get("code") or (config.pyfunc or {}).get("code")
    if name is None:
        return None
    folder = inner_path(directory, name)
    if not folder.is_dir():
        raise MalformedModel(f"{folder} is no folder, and the MLmodel file says that code lies in it.")
    require_trust(directory, f"Python modules (in {name})")
    return BundledCode(folder)


def _with_settings(config: FlavorConfig, given: Mapping[str, Any]) -> FlavorConfig:
    """Put settings in the place of saved ones; a name that was not saved is most often a slip."""
    pyfunc = config.pyfunc or {}
    saved = dict(pyfunc.get("config") or {})
    unknown = sorted(given.keys() - saved.keys())
    if unknown:
        warnings.warn(
            f"The model was saved without the settings {unknown}, so they are ignored. It has: {sorted(saved)}.",
            stacklevel=5,
        )
    settings = saved | {name: value for name, value in given.items() if name in saved}
    return replace(config, pyfunc={**pyfunc, "config": settings})
