"""Writing metric points, and the one-row summary that every key has."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa

from nbtrack.entities import Metric
from nbtrack.limits import check_point
from nbtrack.store.protocol import PointRow, Series
from nbtrack.store.sql.database import MAX_BOUND_IDS
from nbtrack.store.sql.dialects import append_points
from nbtrack.store.sql.tables import PointOfSeries, metric_summaries, store_state
from nbtrack.store.sql.upserts import New, Upsert


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
        summaries.append({"run_id": series[0], "key": series[1], "series_id": number, **summary_of(of_series)})
    append_points(connection, rows)
    connection.execute(_FOLD.on(connection), summaries)


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


def summary_of(points: Sequence[PointRow]) -> dict[str, float]:
    """Return the columns of a summary of points, of which there is one at least, in the order of their logging."""
    last_step, last_at_ms, last = points[0]
    lowest = highest = last
    min_step = max_step = last_step
    for step, at_ms, value in points:
        if step > last_step or (step == last_step and at_ms >= last_at_ms):
            last_step, last_at_ms, last = step, at_ms, value
        # Any number beats NaN, which is neither above nor below anything.
        if value < lowest or (lowest != lowest and value == value):
            lowest, min_step = value, step
        if value > highest or (highest != highest and value == value):
            highest, max_step = value, step
    return {
        "first": points[0][2],
        "last": last,
        "last_step": last_step,
        "last_at_ms": last_at_ms,
        "min": lowest,
        "max": highest,
        "min_step": min_step,
        "max_step": max_step,
        "count": len(points),
    }


def _folded(new: New) -> dict[str, sa.ColumnElement[float]]:
    old = metric_summaries.c
    is_later = sa.tuple_(new.last_step, new.last_at_ms) >= sa.tuple_(old.last_step, old.last_at_ms)
    # NULL is NaN here: any number beats it, and it beats none.
    is_lower = sa.or_(new.min < old.min, sa.and_(old.min.is_(None), new.min.is_not(None)))
    is_higher = sa.or_(new.max > old.max, sa.and_(old.max.is_(None), new.max.is_not(None)))

    def pick(condition: sa.ColumnElement[bool], *names: str) -> dict[str, sa.ColumnElement[float]]:
        return {name: sa.case((condition, new[name]), else_=old[name]) for name in names}

    return {
        **pick(is_later, "last", "last_step", "last_at_ms"),
        **pick(is_lower, "min", "min_step"),
        **pick(is_higher, "max", "max_step"),
        "count": old["count"] + new["count"],
    }


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
