"""Turning what a caller passes into values that are stored exactly, or refusing it."""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable, Mapping
from typing import SupportsFloat, SupportsIndex, cast

from nbtrack.clock import now_ms
from nbtrack.entities import Metric, Param, RunTag
from nbtrack.errors import InvalidInput


def metric(key: str, value: object, *, step: int | None = None, at_ms: int | None = None) -> Metric:
    """Build a metric point; without a time it is now, without a step it is 0."""
    return Metric(
        key,
        value if type(value) is float else exact_float(key, value),
        now_ms() if at_ms is None else at_ms,
        0 if step is None else exact_step(key, step),
    )


def exact_float(key: str, value: object) -> float:
    """Convert numbers, NumPy scalars, 0-d arrays and one-element tensors; refuse what a float64 can't hold.

    Raises
    ------
    InvalidInput
        ``value`` is no number, or one that has no exact float64.
    """
    item = getattr(value, "item", None)
    number = value
    if callable(item):
        try:
            number = item()
        except (ValueError, RuntimeError, TypeError):
            shape = getattr(value, "shape", None)
            raise InvalidInput(
                f"Metric {key!r} needs one number, not a {type(value).__name__} of shape {shape}. Reduce it first, "
                "with .mean() for example."
            ) from None
    if isinstance(number, (str, bytes)) or (not hasattr(number, "__float__") and not hasattr(number, "__index__")):
        raise InvalidInput(f"Metric {key!r} needs a number, not {number!r} ({type(number).__name__}).")
    try:
        result = float(cast("SupportsFloat | SupportsIndex", number))
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidInput(f"Metric {key!r} needs a number, not {number!r}: {error}.") from None
    if isinstance(number, numbers.Number) and not math.isnan(result) and not _are_equal(number, result):
        raise InvalidInput(
            f"Metric {key!r}: {number} has no exact 64-bit float. Round it with float(), or log a param."
        )
    return result


def _are_equal(number: object, result: float) -> bool:
    return bool(number == result)


def texts(values: Mapping[str, object] | Iterable[Param | RunTag]) -> dict[str, str]:
    """Turn the values of params or tags into the text that is stored.

    Raises
    ------
    InvalidInput
        A key stands there twice.
    """
    items = list(values.items() if isinstance(values, Mapping) else ((item.key, item.value) for item in values))
    found = {key: value if isinstance(value, str) else str(value) for key, value in items}
    if len(found) < len(items):
        keys = [key for key, _ in items]
        raise InvalidInput(f"{max(keys, key=keys.count)!r} stands there twice. Give each key one value.")
    return found


def exact_step(key: str, step: object) -> int:
    """Convert whole numbers of any kind to a step, or refuse."""
    if type(step) is int:
        return step
    index = getattr(step, "__index__", None)
    if callable(index):
        return int(index())
    if isinstance(step, float) and step.is_integer():
        return int(step)
    raise InvalidInput(f"The step of metric {key!r} must be a whole number, not {step!r}.")
