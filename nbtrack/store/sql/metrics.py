"""Metric points and the one-row summary that every key has."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert as upsert

from nbtrack.entities import Metric, MetricHistory, MetricSummary
from nbtrack.errors import InvalidInput, RunNotFound
from nbtrack.limits import check_int64, check_key
from nbtrack.store.downsampling import downsample
from nbtrack.store.sql.database import Database
from nbtrack.store.sql.tables import metric_summaries, metrics, runs


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
        ordered = (
            sa.select(metrics.c.step, metrics.c.at_ms, metrics.c.value)
            .where(metrics.c.run_id == run_id, metrics.c.key == key)
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
    rows: list[dict[str, str | float]] = []
    summaries: list[dict[str, str | float]] = []
    for run_id, points in new.items():
        by_key: dict[str, list[Metric]] = {}
        for p in points:
            _check(p)
            by_key.setdefault(p.key, []).append(p)
            rows.append({"run_id": run_id, "key": p.key, "step": p.step, "at_ms": p.timestamp, "value": p.value})
        summaries += [{"run_id": run_id, **_summary(group)} for group in by_key.values()]
    if rows:
        connection.execute(metrics.insert(), rows)
        connection.execute(_FOLD, summaries)


def _check(point: Metric) -> None:
    check_key(point.key, "metric")
    check_int64(point.step, f"step of metric {point.key!r}")
    check_int64(point.timestamp, f"timestamp of metric {point.key!r}")
    if not isinstance(point.value, float):
        raise InvalidInput(f"The value of metric {point.key!r} is {point.value!r}, which is not a float.")


def _summary(points: Sequence[Metric]) -> dict[str, str | float]:
    last = max(points, key=lambda point: (point.step, point.timestamp))
    numbers = [point for point in points if not math.isnan(point.value)] or [points[0]]
    lowest = min(numbers, key=lambda point: point.value)
    highest = max(numbers, key=lambda point: point.value)
    return {
        "key": points[0].key,
        "first": points[0].value,
        "last": last.value,
        "last_step": last.step,
        "last_at_ms": last.timestamp,
        "min": lowest.value,
        "max": highest.value,
        "min_step": lowest.step,
        "max_step": highest.step,
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
