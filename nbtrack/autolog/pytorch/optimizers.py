"""An optimizer's hyper-parameters and learning rates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# How it computes, not what.
_IMPLEMENTATION = frozenset({"params", "foreach", "fused", "capturable", "differentiable", "initial_lr"})


def params_of(optimizer: Any, prefix: str = "optimizer") -> dict[str, Any]:
    """Return its class and the hyper-parameters of its first group of weights, as they were before any schedule."""
    groups = optimizer.param_groups
    first: Mapping[str, Any] = groups[0]
    values = {key: value for key, value in first.items() if key not in _IMPLEMENTATION and value is not None}
    if "lr" in first:
        values["lr"] = float(first.get("initial_lr", first["lr"]))
    if len(groups) > 1:
        values["groups"] = len(groups)
    return {f"{prefix}_name": type(optimizer).__name__, **{f"{prefix}_{key}": value for key, value in values.items()}}


def rates_of(optimizer: Any, key: str = "learning_rate") -> dict[str, float]:
    """Return the learning rate of each group of weights."""
    return {
        key if number == 0 else f"{key}_group_{number}": float(group["lr"])
        for number, group in enumerate(optimizer.param_groups)
        if "lr" in group
    }
