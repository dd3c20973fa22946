"""Params and metrics among the variables that a cell binds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nbtrack.lineage import Bindings

MAX_LITERAL_ITEMS = 100
MAX_LITERAL_TEXT = 2_000
MAX_DICT_METRICS = 100


@dataclass(frozen=True)
class Variables:
    """What was found. ``metrics`` keeps the objects themselves; ``warnings`` are for the user."""

    params: dict[str, str] = field(default_factory=dict)
    metrics: dict[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def found_variables(bindings: Bindings, namespace: Mapping[str, Any], *, until_line: int | None = None) -> Variables:
    """Find params and metrics by what the cell does.

    Parameters
    ----------
    bindings
        Names that the cell binds.
    namespace
        The user's variables after the cell.
    until_line
        Line at which the cell failed; what is bound there or below has the value of an earlier cell, if any.
    """
    params = {
        name: repr(namespace[name]) if not isinstance(namespace[name], str) else namespace[name]
        for name in _present(bindings.literals, namespace, until_line)
        if is_small_literal(namespace[name])
    }
    metrics: dict[str, Any] = {}
    dicts: dict[str, Mapping[str, Any]] = {}
    for name in _present(bindings.computed, namespace, until_line):
        value = namespace[name]
        if is_float(value):
            metrics[name] = value
        elif _is_dict_of_floats(value):
            dicts[name] = value
    for name, values in dicts.items():
        others = {key for other, items in dicts.items() if other != name for key in items}
        is_ambiguous = not others.isdisjoint(values) or not metrics.keys().isdisjoint(values)
        metrics.update({f"{name}_{key}" if is_ambiguous else key: value for key, value in values.items()})
    return Variables(params, metrics)


def chosen_variables(
    params: tuple[str, ...] | None, metrics: tuple[str, ...] | None, found: Variables, namespace: Mapping[str, Any]
) -> Variables:
    """Let the names that the user gave stand in place of those that were found."""
    missing = [name for name in (*(params or ()), *(metrics or ())) if name not in namespace]
    return Variables(
        found.params if params is None else {n: _text(namespace[n]) for n in params if n in namespace},
        found.metrics if metrics is None else {n: namespace[n] for n in metrics if n in namespace},
        tuple(f"{name} is not defined" for name in missing),
    )


def is_float(value: Any) -> bool:
    """Tell whether a value is one floating-point number: Python's, NumPy's or a 0-d array or tensor."""
    if isinstance(value, float):
        return True
    dtype = getattr(value, "dtype", None)
    if dtype is None or getattr(value, "ndim", None) != 0:
        return False
    return getattr(dtype, "kind", "") == "f" or getattr(dtype, "is_floating_point", False) is True


def is_small_literal(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= MAX_LITERAL_TEXT
    if isinstance(value, (bool, int, float, complex, type(None))):
        return True
    if isinstance(value, Mapping):
        return len(value) <= MAX_LITERAL_ITEMS and all(map(is_small_literal, (*value.keys(), *value.values())))
    return (
        isinstance(value, (list, tuple, set)) and len(value) <= MAX_LITERAL_ITEMS and all(map(is_small_literal, value))
    )


def _present(names: Mapping[str, int], namespace: Mapping[str, Any], until_line: int | None) -> list[str]:
    return [
        name
        for name, line in names.items()
        if name in namespace and not name.startswith("_") and (until_line is None or line < until_line)
    ]


def _is_dict_of_floats(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and 0 < len(value) <= MAX_DICT_METRICS
        and all(isinstance(key, str) and is_float(item) for key, item in value.items())
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else repr(value)
