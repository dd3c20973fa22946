"""Reading what metrics were over time: whole, thinned, or page by page."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from nbtrack.entities import Metric, MetricHistory, MetricSummary
from nbtrack.errors import InvalidInput, RunNotFound
from nbtrack.store.downsampling import downsample
from nbtrack.store.paging import Position, damaged_token, read_token, write_token
from nbtrack.store.protocol import MetricPage, PointRow
from nbtrack.store.sql.blocks import BLOCK_POINTS, POINTS_OF_BLOCK, as_number, points_of_blocks
from nbtrack.store.sql.database import MAX_BOUND_IDS, Database
from nbtrack.store.sql.garbage import no_collections
from nbtrack.store.sql.tables import metric_summaries, metrics, runs

LOWEST_STEP, HIGHEST_STEP = -(2**63), 2**63 - 1


class SqlMetrics:
    def __init__(self, database: Database) -> None:
        self._database = database

    def summaries(self, run_id: str) -> Sequence[MetricSummary]:
        with self._database.reading() as connection:
            rows = connection.execute(_SUMMARIES, {"run_id": run_id}).mappings().all()
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

    def latest(self, run_ids: Sequence[str]) -> Mapping[str, Sequence[Metric]]:
        found: dict[str, list[Metric]] = {}
        with self._database.reading() as connection:
            for start in range(0, len(run_ids), MAX_BOUND_IDS):
                some = {"run_ids": run_ids[start : start + MAX_BOUND_IDS]}
                for run_id, key, value, at_ms, step in connection.execute(_LATEST, some):
                    found.setdefault(run_id, []).append(Metric(key, value, at_ms, step))
        return found

    def history(
        self,
        run_id: str,
        key: str,
        *,
        max_points: int | None = None,
        start_step: int | None = None,
        end_step: int | None = None,
    ) -> MetricHistory:
        """Read points from ``start_step`` to ``end_step``, both included, thinned out to about ``max_points``."""
        chosen = {
            "start": LOWEST_STEP if start_step is None else start_step,
            "end": HIGHEST_STEP if end_step is None else end_step,
        }
        with self._database.reading() as connection, no_collections():
            series, count = self._series(connection, run_id, key)
            given = {"series": series, **chosen}
            if max_points is None:
                points = _metrics(key, _fetch(connection, _HISTORY, given))
                return MetricHistory(key, points, total=len(points))
            seen = _from_afar(connection, given, count, max_points)
            if seen is not None:
                is_whole = start_step is None and end_step is None
                total = count if is_whole else connection.execute(_COUNT, given).scalar_one()
                return MetricHistory(key, _metrics(key, seen), total)
            rows = _fetch(connection, _HISTORY, given)
            kept = downsample([(step, at_ms, as_number(value)) for step, at_ms, value in rows], max_points)
            return MetricHistory(key, _metrics(key, kept), total=len(rows))

    def page(self, run_id: str, key: str, *, max_results: int, page_token: str | None = None) -> MetricPage:
        if max_results < 1:
            raise InvalidInput(f"max_results is at least 1, not {max_results}.")
        question = ("history", run_id, key)
        statement = _PAGE
        if page_token:
            place = read_token(page_token, question).values
            if len(place) != len(_PLACE) or not all(isinstance(value, int) for value in place):
                raise damaged_token()
            statement = statement.where(sa.tuple_(*_PLACE) > sa.tuple_(*place))
        with self._database.reading() as connection, no_collections():
            series, _ = self._series(connection, run_id, key)
            rows = _fetch(connection, statement, {"series": series, "limit": max_results + 1})
            points = _metrics(key, [(step, at_ms, value) for step, at_ms, value, _ in rows[:max_results]])
        if len(rows) <= max_results:
            return MetricPage(points)
        step, at_ms, _, ordinal = rows[max_results - 1]
        place = (step, at_ms, ordinal)
        return MetricPage(points, write_token(Position(place, now_ms=0), question))

    def _series(self, connection: sa.Connection, run_id: str, key: str) -> tuple[int | None, int]:
        """Return number and count of points of a series, None and 0 for a key that the run doesn't have."""
        series = connection.execute(_NUMBER, {"run_id": run_id, "key": key}).one_or_none()
        if series is not None:
            return series.series_id, series[1]
        if connection.scalar(_RUN, {"run_id": run_id}) is None:
            raise RunNotFound(run_id, self._database.uri)
        return None, 0


def _from_afar(
    connection: sa.Connection, given: Mapping[str, Any], count: int, max_points: int
) -> Sequence[PointRow] | None:
    """Thin out a history without reading it, if what its blocks keep shows enough of it."""
    if count * POINTS_OF_BLOCK < max_points // 2 * BLOCK_POINTS:
        return None
    points = points_of_blocks(connection, given["series"], count=count)
    if points is None:
        return None
    seen = [point for point in points if given["start"] <= point[0] <= given["end"]]
    return downsample(seen, max_points) if len(seen) >= max_points // 2 else None


def _metrics(key: str, points: Iterable[Sequence[Any]]) -> tuple[Metric, ...]:
    return tuple([Metric(key, math.nan if value is None else value, at_ms, step) for step, at_ms, value in points])


def _fetch(connection: sa.Connection, statement: sa.Select[Any], values: Mapping[str, object]) -> list[tuple[Any, ...]]:
    """Fetch plain tuples of the driver: there may be a million."""
    cursor: Any = connection.execute(statement, values).cursor
    rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


_SUMMARIES = (
    metric_summaries.select()
    .where(metric_summaries.c.run_id == sa.bindparam("run_id"))
    .order_by(metric_summaries.c.key)
)
_LATEST = (
    sa.select(
        metric_summaries.c.run_id,
        metric_summaries.c.key,
        metric_summaries.c.last,
        metric_summaries.c.last_at_ms,
        metric_summaries.c.last_step,
    )
    .where(metric_summaries.c.run_id.in_(sa.bindparam("run_ids", expanding=True)))
    .order_by(metric_summaries.c.run_id, metric_summaries.c.key)
)
_NUMBER = sa.select(metric_summaries.c.series_id, metric_summaries.c["count"]).where(
    metric_summaries.c.run_id == sa.bindparam("run_id"), metric_summaries.c.key == sa.bindparam("key")
)
_RUN = sa.select(runs.c.run_id).where(runs.c.run_id == sa.bindparam("run_id"))
_PLACE = (metrics.c.step, metrics.c.at_ms, metrics.c.ordinal)
_POINTS = (
    sa.select(metrics.c.step, metrics.c.at_ms, metrics.c.value)
    .where(metrics.c.series_id == sa.bindparam("series"))
    .order_by(metrics.c.series_id, *_PLACE)
)
_HISTORY = _POINTS.where(metrics.c.step.between(sa.bindparam("start"), sa.bindparam("end")))
_PAGE = _POINTS.add_columns(metrics.c.ordinal).limit(sa.bindparam("limit"))
_COUNT = (
    sa.select(sa.func.count())
    .select_from(metrics)
    .where(
        metrics.c.series_id == sa.bindparam("series"),
        metrics.c.step.between(sa.bindparam("start"), sa.bindparam("end")),
    )
)
