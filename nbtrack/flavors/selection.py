"""Which flavor saves an object, and which loads a folder."""

from __future__ import annotations

import inspect
from typing import Any, cast

import nbtrack.plugins as plugins
from nbtrack.errors import RETIRED_FLAVORS, AlreadyExists, BrokenPlugin, InvalidInput, NoFlavor, NotFound, UnknownFlavor
from nbtrack.flavors.crate import RFunction
from nbtrack.flavors.protocol import Flavor, FlavorConfig
from nbtrack.flavors.python_model import PythonModel
from nbtrack.models import Model

PYTHON_FUNCTION = "python_function"
# MLflow's modules that load custom models, and nothing else; its other loaders each belong to a framework.
CUSTOM_MODEL_LOADERS = ("mlflow.pyfunc.model", "mlflow.pyfunc.loaders.code_model")
_METHODS = ("save", "load", "predictor")
# Flavors that code of this process brings, by their names, and the classes that they are for.
_registered: dict[str, type[Flavor]] = {}
_of_class: dict[type, str] = {}


def flavor_named(name: str, **settings: Any) -> Flavor:
    """Return the flavor of a framework's package.

    Parameters
    ----------
    settings
        Arguments of the flavor's class: those of `flavor_settings`.

    Raises
    ------
    NotFound
        No installed package brings it, and it is not registered.
    BrokenPlugin
        The package that does brings no working flavor.
    """
    if name in _registered:
        return _registered[name](**settings)
    return cast("Flavor", plugins.made(plugins.FLAVORS, name, _METHODS, **settings))


def flavor_settings(name: str) -> frozenset[str]:
    """Return the names of what a flavor's class can be told when it is made, such as the format of its files."""
    flavor = _registered.get(name) or plugins.load(plugins.FLAVORS, name)
    return frozenset(inspect.signature(flavor).parameters)


def register_flavor(flavor: type[Flavor], *classes: type) -> None:
    """Let this process save, load and use objects of ``classes`` by a flavor of one's own, such as a notebook's.

    For other processes, run the same code there, or make a package of it, as ``tests/flavors/plugin`` is. To register
    a flavor again, as a cell that is run again does, replaces it.

    Parameters
    ----------
    flavor
        A class with the methods of `Flavor`; its ``name`` is that of its section in MLmodel files.

    Raises
    ------
    AlreadyExists
        An installed package brings a flavor of this name.
    InvalidInput
        The class lacks a method.
    """
    installed = plugins.installed(plugins.FLAVORS).get(flavor.name)
    if installed is not None:
        raise AlreadyExists(f"The flavor {flavor.name!r} is {installed.value} already. Give yours another name.")
    if missing := [f"{method}()" for method in _METHODS if not callable(getattr(flavor, method, None))]:
        raise InvalidInput(f"{flavor.__name__} lacks {', '.join(missing)}. A flavor has {', '.join(_METHODS)}.")
    _registered[flavor.name] = flavor
    _of_class.update(dict.fromkeys(classes, flavor.name))


def flavor_name_for(model: object) -> str | None:
    """Return the name of the flavor that would save ``model``, or None; nothing is imported."""
    if isinstance(model, PythonModel) or inspect.isroutine(model):
        return PYTHON_FUNCTION
    if isinstance(model, RFunction):
        return "crate"
    for cls in type(model).__mro__:
        if cls in _of_class:
            return _of_class[cls]
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
