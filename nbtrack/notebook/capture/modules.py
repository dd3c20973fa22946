"""PyTorch's modules that a cell trained in a loop of its own, or bound."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any

from nbtrack.lineage import Bindings


def is_module(value: Any) -> bool:
    torch = sys.modules.get("torch.nn")
    return torch is not None and isinstance(value, torch.Module)


def found_modules(run_id: str, bindings: Bindings, namespace: Mapping[str, Any]) -> dict[str, Any]:
    """Return modules by variable: those whose weights an optimizer changed in the run, and those with weights that
    the cell bound. A loss function, say, has none.
    """
    modules = {name: value for name, value in list(namespace.items()) if not name.startswith("_") and is_module(value)}
    if not modules:
        return {}
    trained = set(_trained_weights(run_id))
    found = {}
    for name, module in modules.items():
        weights = {id(weight) for weight in module.parameters()}
        if weights & trained or (weights and name in bindings.computed):
            found[name] = module
    return found


def _trained_weights(run_id: str) -> Iterator[int]:
    from nbtrack.autolog.pytorch import OPTIMIZER_STEPS

    for optimizer in OPTIMIZER_STEPS.stepped_in(run_id):
        for group in optimizer.param_groups:
            yield from (id(weight) for weight in group["params"])
