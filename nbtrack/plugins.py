"""Plugins by entry point: found by name, imported only when they are used."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from nbtrack.errors import BrokenPlugin, NotFound

FLAVORS = "nbtrack.flavors"
AUTOLOG = "nbtrack.autolog"

# They work in a checkout whose metadata is older than its code, and no other package can take their place.
BUILT_IN: dict[str, dict[str, str]] = {
    FLAVORS: {
        "catboost": "nbtrack.flavors.catboost:CatBoostFlavor",
        "crate": "nbtrack.flavors.crate:CrateFlavor",
        "h2o": "nbtrack.flavors.h2o:H2OFlavor",
        "keras": "nbtrack.flavors.keras:KerasFlavor",
        "lightgbm": "nbtrack.flavors.lightgbm:LightGBMFlavor",
        "onnx": "nbtrack.flavors.onnx:OnnxFlavor",
        "pyspark": "nbtrack.flavors.spark:SparkFlavor",
        "python_function": "nbtrack.flavors.python_function:PythonFunctionFlavor",
        "pytorch": "nbtrack.flavors.pytorch:PyTorchFlavor",  # as MLmodel files call the package torch
        "sklearn": "nbtrack.flavors.sklearn:SklearnFlavor",
        "spark": "nbtrack.flavors.spark:SparkFlavor",  # as MLmodel files call the package pyspark
        "statsmodels": "nbtrack.flavors.statsmodels:StatsmodelsFlavor",
        "tensorflow": "nbtrack.flavors.tensorflow:TensorFlowFlavor",
        "torch": "nbtrack.flavors.pytorch:PyTorchFlavor",
        "xgboost": "nbtrack.flavors.xgboost:XGBoostFlavor",
    },
    AUTOLOG: {
        "catboost": "nbtrack.autolog.catboost:CatBoostIntegration",
        "keras": "nbtrack.autolog.keras:KerasIntegration",
        "lightgbm": "nbtrack.autolog.lightgbm:LightGBMIntegration",
        "optuna": "nbtrack.autolog.optuna:OptunaIntegration",
        "pyspark": "nbtrack.autolog.pyspark:SparkIntegration",
        "sklearn": "nbtrack.autolog.sklearn.patches:SklearnIntegration",
        "statsmodels": "nbtrack.autolog.statsmodels:StatsmodelsIntegration",
        "torch": "nbtrack.autolog.pytorch:PyTorchIntegration",
        "xgboost": "nbtrack.autolog.xgboost:XGBoostIntegration",
    },
}


@functools.cache
def installed(group: str) -> Mapping[str, EntryPoint]:
    """Return the plugins of ``group`` by name. Nothing of them is imported; cached for the life of the process."""
    found = {point.name: point for point in entry_points(group=group)}
    for name, target in BUILT_IN.get(group, {}).items():
        found[name] = EntryPoint(name, target, group)
    return found


def load(group: str, name: str) -> Any:
    """Import and return the plugin ``name`` of ``group``.

    Raises
    ------
    NotFound
        No installed package brings a plugin of this name.
    BrokenPlugin
        It can't be imported.
    """
    point = installed(group).get(name)
    if point is None:
        raise NotFound(f"No plugin {name!r} in {group}. Installed: {', '.join(sorted(installed(group)))}.")
    try:
        return point.load()
    except Exception as error:  # whatever somebody else's module raises
        raise _broken(point, f"importing it raises {type(error).__name__}: {error}") from error


def made(group: str, name: str, methods: Sequence[str], **arguments: Any) -> Any:
    """Return an object of the plugin's class, which has all of ``methods``.

    Raises
    ------
    NotFound, BrokenPlugin
        As `load`; or the class can't be called like that, or lacks a method.
    """
    plugin = load(group, name)
    point = installed(group)[name]
    if not callable(plugin):
        raise _broken(point, f"it is no class but a {type(plugin).__name__}")
    if missing := [method for method in methods if not callable(getattr(plugin, method, None))]:
        raise _broken(point, f"it lacks {', '.join(f'{method}()' for method in missing)}")
    return plugin(**arguments)


def _broken(point: EntryPoint, why: str) -> BrokenPlugin:
    package = point.dist.name if point.dist is not None else None
    return BrokenPlugin(point.name, point.group, point.value, package, why)
