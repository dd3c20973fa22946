"""Long histories seen from afar: of every so many points of a series, four are kept by themselves.

A screen shows a thousand points, and reading a million to choose them takes a second. Points are numbered in the order
of logging, and a block is written when it is full. Those of one block need not follow each other by step, but one whose
points are scattered over the whole series is not written: that series is read in full.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from nbtrack.store.protocol import PointRow
from nbtrack.store.sql.tables import metric_blocks, metrics
from nbtrack.store.sql.upserts import Upsert, replacing
from nbtrack.store.stretches import Stretch, stretch_of

BLOCK_POINTS = 256
"""Points in a block. A series that has fewer than these has no blocks."""
POINTS_OF_BLOCK = 4
"""Points that a block keeps; the same one may be several of them."""
_LOOKED_AT = 2 * BLOCK_POINTS
"""Points at the end of a series among which those are looked for that were logged last."""


class Block(NamedTuple):
    """A full block of a series."""

    series: int
    number: int
    seen: Stretch


def full_blocks(
    connection: sa.Connection, new: Mapping[int, Sequence[PointRow]], counts: Mapping[int, int]
) -> list[Block]:
    """Return the blocks that new points fill, before these are written.

    Parameters
    ----------
    new
        New points in the order of logging, by series.
    counts
        How many points each series has.
    """
    found = []
    for series, points in new.items():
        number, begun = divmod(counts[series], BLOCK_POINTS)
        last = (counts[series] + len(points)) // BLOCK_POINTS
        if number == last:
            continue
        whole = points
        if begun:
            stored = _last_logged(connection, series, counts[series] - begun, counts[series])
            if stored is None:
                number, whole = number + 1, points[BLOCK_POINTS - begun :]
            else:
                whole = [*stored, *points]
        for place, block in enumerate(range(number, last)):
            start = place * BLOCK_POINTS
            found.append(Block(series, block, stretch_of(whole[start : start + BLOCK_POINTS])))
    return found


def write_blocks(connection: sa.Connection, blocks: Sequence[Block]) -> None:
    """Write blocks within the caller's transaction."""
    if blocks:
        _PUT.write(connection, [_row(*block) for block in blocks])


def points_of_blocks(connection: sa.Connection, series: int, *, count: int) -> list[PointRow] | None:
    """Return the points of a series of ``count`` points that its blocks keep and those in none, by step and time.

    None where there are not the blocks of all points.
    """
    full = count // BLOCK_POINTS
    cursor: Any = connection.execute(_BLOCKS, {"series": series, "full": full}).cursor
    rows = cursor.fetchall()
    rest = _last_logged(connection, series, full * BLOCK_POINTS, count)
    if len(rows) != full or rest is None:
        return None
    kept = {(row[at], row[at + 1], row[at + 2]) for row in rows for at in (0, 3, 6, 9)}
    points = [*((step, at_ms, as_number(value)) for step, at_ms, value in kept), *rest]
    return sorted(points, key=_place)


def as_number(stored: float | None) -> float:
    """Read a value as a driver has it: NULL is NaN."""
    return math.nan if stored is None else stored


def _last_logged(connection: sa.Connection, series: int, start: int, end: int) -> list[PointRow] | None:
    """Return the points of these ordinals in the order of logging; None if not all lie at the end of the series."""
    cursor: Any = connection.execute(_LAST_POINTS, {"series": series, "start": start}).cursor
    rows = sorted(cursor.fetchall())
    return [(step, at_ms, as_number(value)) for _, step, at_ms, value in rows] if len(rows) == end - start else None


def _row(series: int, block: int, seen: Stretch) -> dict[str, float]:
    row: dict[str, float] = {"series_id": series, "block": block}
    for name, (step, at_ms, value) in zip(_NAMES, seen, strict=True):
        row |= {f"{name}_step": step, f"{name}_at_ms": at_ms, name: value}
    return row


_NAMES = ("first", "last", "min", "max")
_SEEN = [column for name in _NAMES for column in (f"{name}_step", f"{name}_at_ms", name)]
_place = operator.itemgetter(0, 1)
# A block that is there is one that an older nbtrack began.
_PUT = Upsert(metric_blocks, ["series_id", "block"], replacing(*_SEEN))
_BLOCKS = sa.select(*(metric_blocks.c[column] for column in _SEEN)).where(
    metric_blocks.c.series_id == sa.bindparam("series"), metric_blocks.c.block < sa.bindparam("full")
)
_END = (
    sa.select(metrics.c.ordinal, metrics.c.step, metrics.c.at_ms, metrics.c.value)
    .where(metrics.c.series_id == sa.bindparam("series"))
    .order_by(metrics.c.step.desc(), metrics.c.at_ms.desc(), metrics.c.ordinal.desc())
    .limit(_LOOKED_AT)
    .subquery()
)
_LAST_POINTS = sa.select(_END).where(_END.c.ordinal >= sa.bindparam("start"))
