"""What a stretch of a metric's points looks like from afar: four of its points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from nbtrack.store.protocol import PointRow


class Stretch(NamedTuple):
    """The earliest, latest, lowest and highest point, by step, then time; the later logged of equal ones is later.

    ``low`` and ``high`` are NaN only where all points are.
    """

    first: PointRow
    last: PointRow
    low: PointRow
    high: PointRow


def stretch_of(points: Sequence[PointRow]) -> Stretch:
    """Look at all points once, in the order of logging."""
    first = last = low = high = points[0]
    first_step, first_at_ms, lowest = first
    last_step, last_at_ms, highest = last
    for point in points:
        step, at_ms, value = point
        if step > last_step or (step == last_step and at_ms >= last_at_ms):
            last, last_step, last_at_ms = point, step, at_ms
        elif step < first_step or (step == first_step and at_ms < first_at_ms):
            first, first_step, first_at_ms = point, step, at_ms
        # Any number beats NaN, which is neither above nor below anything.
        if value < lowest or (lowest != lowest and value == value):
            low, lowest = point, value
        if value > highest or (highest != highest and value == value):
            high, highest = point, value
    return Stretch(first, last, low, high)
