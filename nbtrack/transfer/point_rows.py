"""Points as rows of MLflow's database, which keeps anything anywhere."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from nbtrack.errors import InvalidInput
from nbtrack.store import PointRow
from nbtrack.transfer.report import Report, reporting

POINT_COLUMNS = ("step", "timestamp", "value", "is_nan")

Row = Sequence[Any]
"""A value for each of the columns."""


def points_of(rows: Sequence[Row], report: Report, owner: str) -> list[PointRow]:
    """Return the points that rows hold; a row that holds none is reported as one of ``owner``."""
    steps, times, values, _ = (set(map(type, column)) for column in zip(*rows, strict=True))
    if steps == times == {int} and values <= {float, int}:
        return [_point(row) for row in rows]
    points = []
    for row in rows:
        with reporting(report, "points", owner):
            points.append(_checked_point(row))
    return points


def _point(row: Row) -> PointRow:
    step, at_ms, value, is_nan = row
    return step, at_ms, math.nan if is_nan else float(value)


def _checked_point(row: Row) -> PointRow:
    step, at_ms, value, is_nan = row
    if not isinstance(value, (int, float)):
        raise InvalidInput(f"{str(value)[:80]!r} is no number.")
    for name, number in (("step", step), ("timestamp", at_ms)):
        if number is not None and not isinstance(number, int):
            raise InvalidInput(f"{name} is {str(number)[:80]!r}, where a number belongs.")
    return _point((step or 0, at_ms or 0, value, is_nan))
