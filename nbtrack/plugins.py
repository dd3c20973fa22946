"""Plugins by entry point: found by name, imported only when they are used."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from nbtrack.errors import NotFound

FLAVORS = "nbtrack.flavors"
AUTOLOG = "nbtrack.autolog"

# They work in a checkout whose metadata is older than its code, and no other package can take their place.
BUILT_IN: dict[str, dict[str, str]] = {
    FLAVORS: {
        "catboost": "nbtrack.flavors.catboost:CatBoostFlavor",
        "lightgbm": "nbtrack.flavors.lightgbm:LightGBMFlavor",
        "onnx": "nbtrack.flavors.onnx:OnnxFlavor",
        "python_function": "nbtrack.flavors.python_function:PythonFunctionFlavor",
        "pytorch": "nbtrack.flavors.pytorch:PyTorchFlavor",  # as MLmodel files call the package torch
        "sklearn": "nbtrack.flavors.sklearn:SklearnFlavor",
        "statsmodels": "nbtrack.flavors.statsmodels:StatsmodelsFlavor",
        "torch": "nbtrack.flavors.pytorch:PyTorchFlavor",
        "xgboost": "nbtrack.flavors.xgboost:XGBoostFlavor",
    },
    AUTOLOG: {
        "sklearn": "nbtrack.autolog.sklearn.patches:SklearnIntegration",
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
    """
    point = installed(group).get(name)
    if point is None:
        raise NotFound(f"No plugin {name!r} in {group}. Installed: {', '.join(sorted(installed(group)))}.")
    return point.load()
