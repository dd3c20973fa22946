"""Which flavor saves an object, and which loads a folder."""

from __future__ import annotations

import inspect
from typing import Any, cast

import nbtrack.plugins as plugins
from nbtrack.errors import RETIRED_FLAVORS, BrokenPlugin, NoFlavor, NotFound, UnknownFlavor
from nbtrack.flavors.protocol import Flavor, FlavorConfig
from nbtrack.flavors.python_model import PythonModel
from nbtrack.models import Model

PYTHON_FUNCTION = "python_function"
# MLflow's modules that load custom models, and nothing else; its other loaders each belong to a framework.
CUSTOM_MODEL_LOADERS = ("mlflow.pyfunc.model", "mlflow.pyfunc.loaders.code_model")


def flavor_named(name: str, **settings: Any) -> Flavor:
    """Return the flavor of a framework's package.

    Parameters
    ----------
    settings
        Arguments of the flavor's class: those of `flavor_settings`.

    Raises
    ------
    NotFound
        No installed package brings it.
    BrokenPlugin
        The package that does brings no working flavor.
    """
    return cast("Flavor", plugins.made(plugins.FLAVORS, name, ("save", "load", "predictor"), **settings))


def flavor_settings(name: str) -> frozenset[str]:
    """Return the names of what a flavor's class can be told when it is made, such as the format of its files."""
    return frozenset(inspect.signature(plugins.load(plugins.FLAVORS, name)).parameters)


def flavor_name_for(model: object) -> str | None:
    """Return the name of the flavor that would save ``model``, or None; nothing is imported."""
    if isinstance(model, PythonModel) or inspect.isroutine(model):
        return PYTHON_FUNCTION
    for cls in type(model).__mro__:
        package = cls.__module__.partition(".")[0]
        if package != PYTHON_FUNCTION and package in plugins.installed(plugins.FLAVORS):
            return package
    return None


def flavor_for(model: object) -> Flavor:
    """Return the flavor of the most derived class whose package has one.

    Raises
    ------
    NoFlavor
        No installed flavor knows this object.
    """
    name = flavor_name_for(model)
    if name is None:
        raise NoFlavor(f"{type(model).__module__}.{type(model).__qualname__}")
    return flavor_named(name)


def flavor_of(document: Model, directory: str) -> tuple[Flavor, FlavorConfig]:
    """Return the flavor that loads a saved model, with what the MLmodel file says about it.

    Raises
    ------
    UnknownFlavor
        No installed package knows one of its flavors.
    BrokenPlugin
        The only package that does is broken.
    """
    pyfunc = document.flavors.get(PYTHON_FUNCTION)
    broken: BrokenPlugin | None = None
    for name, section in document.flavors.items():
        if name == PYTHON_FUNCTION:
            continue
        try:
            return flavor_named(name), FlavorConfig(section, pyfunc)
        except NotFound:
            continue
        except BrokenPlugin as error:
            broken = error  # another flavor may serve
    if pyfunc is not None and _is_custom(pyfunc.get("loader_module")):
        return flavor_named(PYTHON_FUNCTION), FlavorConfig({}, pyfunc)
    if broken is not None:
        raise broken
    loader = str((pyfunc or {}).get("loader_module")).removeprefix("mlflow.")
    raise UnknownFlavor(tuple(sorted({*document.flavors} | ({loader} & RETIRED_FLAVORS.keys()))), directory)


def _is_custom(loader: object) -> bool:
    return loader in CUSTOM_MODEL_LOADERS or (isinstance(loader, str) and loader.partition(".")[0] != "mlflow")
