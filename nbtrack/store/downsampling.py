from __future__ import annotations

import math
from collections.abc import Sequence

from nbtrack.store.protocol import PointRow


def downsample(points: Sequence[PointRow], max_points: int) -> Sequence[PointRow]:
    """Thin out a history to about ``max_points`` without losing what the eye looks for.

    Of each stretch of equal length the first, lowest, highest and last points stay, so that no spike disappears.
    """
    if len(points) <= max_points:
        return points
    values = [value for _, _, value in points]
    buckets = max(1, max_points // 4)
    kept: list[PointRow] = []
    for bucket in range(buckets):
        start, end = bucket * len(points) // buckets, (bucket + 1) * len(points) // buckets
        numbers = [i for i in range(start, end) if not math.isnan(values[i])] or [start]
        lowest = min(numbers, key=values.__getitem__)
        highest = max(numbers, key=values.__getitem__)
        kept.extend(points[i] for i in sorted({start, lowest, highest, end - 1}))
    return kept
