"""Metric points and the one-row summary that every key has."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from operator import itemgetter

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert as upsert

from nbtrack.entities import Metric, MetricHistory, MetricSummary
from nbtrack.errors import RunNotFound
from nbtrack.limits import check_point
from nbtrack.store.downsampling import downsample
from nbtrack.store.protocol import PointRow, Series
from nbtrack.store.sql.database import MAX_BOUND_IDS, Database
from nbtrack.store.sql.tables import metric_summaries, metrics, runs, store_state


class SqlMetrics:
    def __init__(self, database: Database) -> None:
        self._database = database

    def summaries(self, run_id: str) -> Sequence[MetricSummary]:
        table = metric_summaries
        with self._database.reading() as connection:
            rows = (
                connection.execute(table.select().where(table.c.run_id == run_id).order_by(table.c.key))
                .mappings()
                .all()
            )
        return [
            MetricSummary(
                key=row["key"],
                first=row["first"],
                last=row["last"],
                last_step=row["last_step"],
                last_timestamp=row["last_at_ms"],
                min=row["min"],
                max=row["max"],
                min_step=row["min_step"],
                max_step=row["max_step"],
                count=row["count"],
            )
            for row in rows
        ]

    def history(self, run_id: str, key: str, *, max_points: int | None = None) -> MetricHistory:
        of_series = sa.and_(metric_summaries.c.run_id == run_id, metric_summaries.c.key == key)
        ordered = (
            sa.select(metrics.c.step, metrics.c.at_ms, metrics.c.value)
            .where(metrics.c.series_id == sa.select(metric_summaries.c.series_id).where(of_series).scalar_subquery())
            .order_by(metrics.c.step, metrics.c.at_ms, metrics.c.id)
        )
        with self._database.reading() as connection:
            rows = connection.execute(ordered).all()
            if not rows and connection.scalar(sa.select(runs.c.run_id).where(runs.c.run_id == run_id)) is None:
                raise RunNotFound(run_id, self._database.uri)
        points = tuple(Metric(key, value, at_ms, step) for step, at_ms, value in rows)
        kept = points if max_points is None else downsample(points, max_points)
        return MetricHistory(key, kept, total=len(points))


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
    numbers = _series_numbers(connection, points.keys())
    rows: list[tuple[int, int, int, float | None]] = []
    summaries = []
    for series, of_series in points.items():
        number = numbers[series]
        # NULL stands for NaN, the only value that differs from itself.
        rows += [(number, step, at_ms, value if value == value else None) for step, at_ms, value in of_series]
        summaries.append({"run_id": series[0], "key": series[1], "series_id": number, **_summary(of_series)})
    connection.exec_driver_sql(_APPEND, rows)
    connection.execute(_FOLD, summaries)


def _series_numbers(connection: sa.Connection, wanted: Collection[Series]) -> dict[Series, int]:
    """Return the numbers of series, taking new ones for those that begin here."""
    run_ids = list({run_id for run_id, _ in wanted})
    numbers: dict[Series, int] = {}
    for start in range(0, len(run_ids), MAX_BOUND_IDS):
        for run_id, key, number in connection.execute(_NUMBERS, {"run_ids": run_ids[start : start + MAX_BOUND_IDS]}):
            numbers[run_id, key] = number
    new = [series for series in wanted if series not in numbers]
    if new:
        last = connection.execute(_TAKE_NUMBERS, {"how_many": len(new)}).scalar_one()
        numbers.update((series, last - place) for place, series in enumerate(new))
    return numbers


def _summary(points: Sequence[PointRow]) -> dict[str, float]:
    last = max(points, key=_PLACE)
    # The last of equals counts as the last: it was logged last.
    last = next(point for point in reversed(points) if point[:2] == last[:2])
    numbers = [point for point in points if not math.isnan(point[2])] or [points[0]]
    lowest, highest = min(numbers, key=_VALUE), max(numbers, key=_VALUE)
    return {
        "first": points[0][2],
        "last": last[2],
        "last_step": last[0],
        "last_at_ms": last[1],
        "min": lowest[2],
        "max": highest[2],
        "min_step": lowest[0],
        "max_step": highest[0],
        "count": len(points),
    }


def _fold_statement() -> sa.Insert:
    old, insert = metric_summaries.c, upsert(metric_summaries)
    new = insert.excluded
    is_later = sa.tuple_(new.last_step, new.last_at_ms) >= sa.tuple_(old.last_step, old.last_at_ms)
    # NULL is NaN here: any number beats it, and it beats none.
    is_lower = sa.or_(new.min < old.min, sa.and_(old.min.is_(None), new.min.is_not(None)))
    is_higher = sa.or_(new.max > old.max, sa.and_(old.max.is_(None), new.max.is_not(None)))

    def pick(condition: sa.ColumnElement[bool], *names: str) -> dict[str, sa.ColumnElement[float]]:
        return {name: sa.case((condition, new[name]), else_=old[name]) for name in names}

    return insert.on_conflict_do_update(
        index_elements=["run_id", "key"],
        set_={
            **pick(is_later, "last", "last_step", "last_at_ms"),
            **pick(is_lower, "min", "min_step"),
            **pick(is_higher, "max", "max_step"),
            "count": old["count"] + new["count"],
        },
    )


_FOLD = _fold_statement()
_APPEND = "INSERT INTO metrics (series_id, step, at_ms, value) VALUES (?, ?, ?, ?)"
_NUMBERS = sa.select(metric_summaries.c.run_id, metric_summaries.c.key, metric_summaries.c.series_id).where(
    metric_summaries.c.run_id.in_(sa.bindparam("run_ids", expanding=True))
)
_TAKE_NUMBERS = (
    store_state.update()
    .where(store_state.c.name == "series")
    .values(value=store_state.c.value + sa.bindparam("how_many"))
    .returning(store_state.c.value)
)
_PLACE, _VALUE = itemgetter(0, 1), itemgetter(2)
