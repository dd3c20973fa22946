"""Long histories seen from afar: of every so many points of a series, four are kept by themselves.

A screen shows a thousand points, and reading a million to choose them takes a second. Points are numbered in the order
of logging; those of one block need not follow each other by step.
"""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from nbtrack.store.protocol import PointRow
from nbtrack.store.sql.database import MAX_BOUND_IDS
from nbtrack.store.sql.tables import metric_blocks, metrics
from nbtrack.store.sql.upserts import New, Upsert
from nbtrack.store.stretches import Stretch, stretch_of

BLOCK_POINTS = 256
"""Points in a block. A series that has no more than these has no blocks."""
POINTS_OF_BLOCK = 4
"""Points that a block keeps; the same one may be several of them."""


def stretches_of(points: Sequence[PointRow], *, start: int) -> dict[int, Stretch]:
    """Cut new points, whose first has the number ``start`` in its series, at the ends of blocks."""
    found = {}
    offset = 0
    while offset < len(points):
        block = (start + offset) // BLOCK_POINTS
        end = (block + 1) * BLOCK_POINTS - start
        found[block] = stretch_of(points[offset:end])
        offset = end
    return found


def write_blocks(
    connection: sa.Connection, new: Mapping[int, Mapping[int, Stretch]], counts: Mapping[int, int]
) -> None:
    """Bring the blocks of series up to date, after their points were written, within the caller's transaction.

    Parameters
    ----------
    new
        New stretches, by series and block.
    counts
        How many points each series had before.
    """
    grown = {series: stretches for series, stretches in new.items() if max(stretches) > 0}
    begun = [series for series in grown if 0 < counts[series] <= BLOCK_POINTS]
    # What was logged while a series was short lies in its first block, which begins now.
    rows = [_row(series, 0, stretch_of(points)) for series, points in _first_points(connection, begun)]
    for series, stretches in grown.items():
        rows += [
            _row(series, block, stretch) for block, stretch in stretches.items() if block > 0 or counts[series] == 0
        ]
    if rows:
        _FOLD.write(connection, rows)


def points_of_blocks(connection: sa.Connection, series: int, *, count: int) -> list[PointRow] | None:
    """Return the points of a series of ``count`` points that its blocks keep, by step and time, each once.

    None where there are not the blocks of all points: an older nbtrack logged some of them.
    """
    cursor: Any = connection.execute(_BLOCKS, {"series": series}).cursor
    rows = cursor.fetchall()
    if len(rows) != -(-count // BLOCK_POINTS):
        return None
    kept = {(row[at], row[at + 1], row[at + 2]) for row in rows for at in (0, 3, 6, 9)}
    points = [(step, at_ms, as_number(value)) for step, at_ms, value in kept]
    return sorted(points, key=_place)


def as_number(stored: float | None) -> float:
    """Read a value as a driver has it: NULL is NaN."""
    return math.nan if stored is None else stored


def folded(table: sa.Table, new: New) -> dict[str, sa.ColumnElement[Any]]:
    """Say what becomes of the last, lowest and highest point of a row when a later one is folded into it."""
    old = table.c
    is_later = sa.tuple_(new.last_step, new.last_at_ms) >= sa.tuple_(old.last_step, old.last_at_ms)
    # NULL is NaN here: any number beats it, and it beats none.
    is_lower = sa.or_(new.min < old.min, sa.and_(old.min.is_(None), new.min.is_not(None)))
    is_higher = sa.or_(new.max > old.max, sa.and_(old.max.is_(None), new.max.is_not(None)))
    return {
        **picked(table, new, is_later, "last"),
        **picked(table, new, is_lower, "min"),
        **picked(table, new, is_higher, "max"),
    }


def picked(table: sa.Table, new: New, condition: sa.ColumnElement[bool], name: str) -> dict[str, sa.ColumnElement[Any]]:
    """Say that the new row's point ``name`` takes the old one's place where a condition holds."""
    columns = [column for column in (name, f"{name}_step", f"{name}_at_ms") if column in table.c]
    return {column: sa.case((condition, new[column]), else_=table.c[column]) for column in columns}


def _folded_block(new: New) -> dict[str, sa.ColumnElement[Any]]:
    old = metric_blocks.c
    is_earlier = sa.tuple_(new.first_step, new.first_at_ms) < sa.tuple_(old.first_step, old.first_at_ms)
    return picked(metric_blocks, new, is_earlier, "first") | folded(metric_blocks, new)


def _first_points(connection: sa.Connection, series: Sequence[int]) -> Iterator[tuple[int, list[PointRow]]]:
    for start in range(0, len(series), MAX_BOUND_IDS):
        cursor: Any = connection.execute(_FIRST_POINTS, {"series": series[start : start + MAX_BOUND_IDS]}).cursor
        for number, rows in itertools.groupby(cursor, key=operator.itemgetter(0)):
            yield number, [(step, at_ms, as_number(value)) for _, step, at_ms, value in rows]


def _row(series: int, block: int, stretch: Stretch) -> dict[str, float]:
    row: dict[str, float] = {"series_id": series, "block": block}
    for name, (step, at_ms, value) in zip(_NAMES, stretch, strict=True):
        row |= {f"{name}_step": step, f"{name}_at_ms": at_ms, name: value}
    return row


_NAMES = ("first", "last", "min", "max")
_place = operator.itemgetter(0, 1)
_FOLD = Upsert(metric_blocks, ["series_id", "block"], _folded_block)
_FIRST_POINTS = (
    sa.select(metrics.c.series_id, metrics.c.step, metrics.c.at_ms, metrics.c.value)
    .where(
        metrics.c.series_id.in_(sa.bindparam("series", expanding=True)),
        metrics.c.ordinal < BLOCK_POINTS,
    )
    .order_by(metrics.c.series_id, metrics.c.ordinal)
)
_BLOCKS = sa.select(
    *(metric_blocks.c[column] for name in _NAMES for column in (f"{name}_step", f"{name}_at_ms", name))
).where(metric_blocks.c.series_id == sa.bindparam("series"))
