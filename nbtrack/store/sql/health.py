"""Whether a database holds together: its pages, its rows, and the summaries of its metrics."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa

from nbtrack.store.diagnosis import Finding
from nbtrack.store.sql.database import MAX_BOUND_IDS, Database
from nbtrack.store.sql.metrics import summary_of
from nbtrack.store.sql.tables import logged_models, metadata, metric_blocks, metric_summaries, metrics, runs
from nbtrack.store.stretches import stretch_of

_COPY = "Copy the store's place before anything else, and bring back a backup"


def examine_database(database: Database) -> Iterator[Finding]:
    """Look through all of a database: as long as its size takes.

    Raises
    ------
    StoreUnavailable
        It can't be read.
    """
    with database.reading() as connection:
        damage = database.backend.damage(connection)
    if damage:
        shown = "; ".join(damage[:5])
        yield Finding(
            "database-damaged",
            f"The database is damaged: {shown}.",
            f"{_COPY}. Without one, `sqlite3 nbtrack.db .recover` (or pg_dump) saves what can still be read.",
        )
        return  # what it says of its rows can't be relied on
    with database.reading() as connection:
        yield from _rows_without_parent(connection)
        yield from _points_without_series(connection)
        wrong = _wrong_series(connection)
    if wrong:
        yield Finding(
            "summaries-wrong",
            f"The summaries of {len(wrong)} metrics don't agree with their points.",
            "`nbtrack doctor --repair` computes them anew from the points.",
            lambda: _summarize(database, wrong),
        )


def schema_of_file(file: Path) -> str | None:
    """Return the version of a SQLite store's schema without opening the store, which would bring it up to date.

    None if that can't be told.
    """
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=10)) as connection:
            return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])
    except (sqlite3.Error, TypeError):
        return None


def owners_among(connection: sa.Connection, ids: Sequence[str]) -> set[str]:
    """Return those of ``ids`` that are runs or logged models: what artifacts may belong to."""
    found: set[str] = set()
    for start in range(0, len(ids), MAX_BOUND_IDS):
        some = ids[start : start + MAX_BOUND_IDS]
        for column in (runs.c.run_id, logged_models.c.model_id):
            found.update(connection.scalars(sa.select(column).where(column.in_(some))))
    return found


def _rows_without_parent(connection: sa.Connection) -> Iterator[Finding]:
    for table in metadata.sorted_tables:
        for constraint in table.foreign_key_constraints:
            parent = constraint.referred_table.alias("parent")
            pairs = [(each.parent, parent.c[each.column.name]) for each in constraint.elements]
            is_child = sa.and_(*(child.is_not(None) for child, _ in pairs))
            is_known = sa.exists().where(*(child == column for child, column in pairs))
            count = connection.scalar(sa.select(sa.func.count()).select_from(table).where(is_child, ~is_known))
            if count:
                yield Finding(
                    "rows-without-parent",
                    f"{count} rows of {table.name} belong to {constraint.referred_table.name} that are not there.",
                    f"Another program wrote to the database. {_COPY} if you miss something; nbtrack goes on without.",
                )


def _points_without_series(connection: sa.Connection) -> Iterator[Finding]:
    known = sa.select(metric_summaries.c.series_id)
    count = connection.scalar(sa.select(sa.func.count()).where(metrics.c.series_id.not_in(known)))
    if count:
        yield Finding(
            "points-without-metric",
            f"{count:,} points belong to no metric.",
            f"Another program wrote to the database. {_COPY} if you miss a metric.",
        )
    has_points = sa.exists().where(metrics.c.series_id == metric_summaries.c.series_id)
    empty = connection.scalar(sa.select(sa.func.count()).select_from(metric_summaries).where(~has_points))
    if empty:
        yield Finding(
            "metrics-without-points",
            f"{empty} metrics have lost their points; first, last, min and max are still there.",
            f"Another program wrote to the database. {_COPY} if you need the curves.",
        )


def _wrong_series(connection: sa.Connection) -> Sequence[int]:
    """Return the numbers of the series whose summary is not that of their points."""
    summary, point = metric_summaries.c, metrics.c
    found = (
        sa.select(
            point.series_id,
            sa.func.count().label("count"),
            sa.func.min(point.value).label("min"),
            sa.func.max(point.value).label("max"),
            sa.func.max(point.step).label("last_step"),
        )
        .group_by(point.series_id)
        .subquery()
    )
    of_series = sa.select(point.value).where(point.series_id == summary.series_id).correlate(metric_summaries)
    newest_first = (point.step.desc(), point.at_ms.desc(), point.ordinal.desc())
    last = of_series.order_by(*newest_first).limit(1).scalar_subquery()
    first = of_series.where(point.ordinal == 0).limit(1).scalar_subquery()
    differs = sa.or_(
        *(summary[name].is_distinct_from(found.c[name]) for name in ("count", "min", "max", "last_step")),
        summary["last"].is_distinct_from(last),
        summary["first"].is_distinct_from(first),
    )
    joined = sa.select(summary.series_id).join(found, found.c.series_id == summary.series_id)
    return connection.scalars(joined.where(differs)).all()


def _summarize(database: Database, series: Sequence[int]) -> None:
    """Compute summaries anew, each in a transaction of its own: others want to write meanwhile."""
    in_order = sa.select(metrics.c.step, metrics.c.at_ms, metrics.c.value).order_by(metrics.c.ordinal)
    for number in series:
        with database.transaction() as connection:
            points = [(row.step, row.at_ms, row.value) for row in connection.execute(_of(in_order, number))]
            changed = metric_summaries.update().where(metric_summaries.c.series_id == number)
            connection.execute(changed.values(summary_of(points, stretch_of(points))))
            # Blocks may tell of points that are gone; without them a history is read whole.
            connection.execute(metric_blocks.delete().where(metric_blocks.c.series_id == number))


def _of(statement: sa.Select[tuple[int, int, float]], number: int) -> sa.Select[tuple[int, int, float]]:
    return statement.where(metrics.c.series_id == number)
