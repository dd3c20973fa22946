from __future__ import annotations

import math
from collections.abc import Sequence

from nbtrack.entities import Metric


def downsample(points: Sequence[Metric], max_points: int) -> tuple[Metric, ...]:
    """Thin out a history to about ``max_points`` without losing what the eye looks for.

    Of each stretch of equal length the first, lowest, highest and last points stay, so that no spike disappears.
    """
    if len(points) <= max_points:
        return tuple(points)
    buckets = max(1, max_points // 4)
    kept: list[Metric] = []
    for bucket in range(buckets):
        start, end = bucket * len(points) // buckets, (bucket + 1) * len(points) // buckets
        stretch = range(start, end)
        numbers = [i for i in stretch if not math.isnan(points[i].value)] or [start]
        lowest = min(numbers, key=lambda i: points[i].value)
        highest = max(numbers, key=lambda i: points[i].value)
        kept.extend(points[i] for i in sorted({start, lowest, highest, end - 1}))
    return tuple(kept)
