"""Writing metric points, and the one-row summary that every key has."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from nbtrack.entities import Metric
from nbtrack.limits import check_point
from nbtrack.store.protocol import PointRow, Series
from nbtrack.store.sql.blocks import full_blocks, write_blocks
from nbtrack.store.sql.database import MAX_BOUND_IDS
from nbtrack.store.sql.dialects import append_points
from nbtrack.store.sql.tables import PointOfSeries, metric_summaries, store_state
from nbtrack.store.sql.upserts import New, Upsert
from nbtrack.store.stretches import Stretch, stretch_of


def write_metrics(connection: sa.Connection, new: Mapping[str, Sequence[Metric]]) -> None:
    """Append points, by run id, and fold them into the summaries, within the caller's transaction."""
    points: dict[Series, list[PointRow]] = {}
    for run_id, of_run in new.items():
        for point in of_run:
            check_point(point)
            points.setdefault((run_id, point.key), []).append((point.step, point.timestamp, point.value))
    write_points(connection, points)


def write_points(connection: sa.Connection, points: Mapping[Series, Sequence[PointRow]]) -> None:
    """Append points, by series, whose keys and numbers have been checked, and fold them into the summaries."""
    if not points:
        return
    known = _known_series(connection, points.keys())
    rows: list[PointOfSeries] = []
    summaries = []
    for series, of_series in points.items():
        number, count = known[series]
        rows += [
            (number, step, at_ms, ordinal, value) for ordinal, (step, at_ms, value) in enumerate(of_series, start=count)
        ]
        seen = stretch_of(of_series)
        summaries.append({"run_id": series[0], "key": series[1], "series_id": number, **summary_of(of_series, seen)})
    blocks = full_blocks(connection, {known[series][0]: new for series, new in points.items()}, dict(known.values()))
    append_points(connection, rows)
    _FOLD.write(connection, summaries)
    write_blocks(connection, blocks)


def _known_series(connection: sa.Connection, wanted: Collection[Series]) -> dict[Series, tuple[int, int]]:
    """Return number and count of points of each series, with new numbers for those that begin here."""
    run_ids = list({run_id for run_id, _ in wanted})
    known: dict[Series, tuple[int, int]] = {}
    for start in range(0, len(run_ids), MAX_BOUND_IDS):
        some = {"run_ids": run_ids[start : start + MAX_BOUND_IDS]}
        for run_id, key, number, count in connection.execute(_NUMBERS, some):
            known[run_id, key] = (number, count)
    new = [series for series in wanted if series not in known]
    if new:
        last = connection.execute(_TAKE_NUMBERS, {"how_many": len(new)}).scalar_one()
        known.update((series, (last - place, 0)) for place, series in enumerate(new))
    return known


def summary_of(points: Sequence[PointRow], seen: Stretch) -> dict[str, float]:
    """Return the columns of a summary of points in the order of their logging, which look like ``seen`` from afar."""
    last_step, last_at_ms, last = seen.last
    return {
        "first": points[0][2],
        "last": last,
        "last_step": last_step,
        "last_at_ms": last_at_ms,
        "min": seen.low[2],
        "max": seen.high[2],
        "min_step": seen.low[0],
        "max_step": seen.high[0],
        "count": len(points),
    }


def _folded(new: New) -> dict[str, sa.ColumnElement[Any]]:
    """Say what becomes of a summary when that of later points is folded into it."""
    old = metric_summaries.c
    is_later = sa.tuple_(new.last_step, new.last_at_ms) >= sa.tuple_(old.last_step, old.last_at_ms)
    # NULL is NaN here: any number beats it, and it beats none.
    is_lower = sa.or_(new.min < old.min, sa.and_(old.min.is_(None), new.min.is_not(None)))
    is_higher = sa.or_(new.max > old.max, sa.and_(old.max.is_(None), new.max.is_not(None)))
    changes = (
        (is_later, ("last", "last_step", "last_at_ms")),
        (is_lower, ("min", "min_step")),
        (is_higher, ("max", "max_step")),
    )
    picked = {
        column: sa.case((condition, new[column]), else_=old[column])
        for condition, columns in changes
        for column in columns
    }
    return {**picked, "count": old["count"] + new["count"]}


_FOLD = Upsert(metric_summaries, ["run_id", "key"], _folded)
_NUMBERS = sa.select(
    metric_summaries.c.run_id, metric_summaries.c.key, metric_summaries.c.series_id, metric_summaries.c.count
).where(metric_summaries.c.run_id.in_(sa.bindparam("run_ids", expanding=True)))
_TAKE_NUMBERS = (
    store_state.update()
    .where(store_state.c.name == "series")
    .values(value=store_state.c.value + sa.bindparam("how_many"))
    .returning(store_state.c.value)
)
