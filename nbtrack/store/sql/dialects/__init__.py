"""What SQLite and PostgreSQL do each in their own way."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from nbtrack.store.sql.dialects import postgresql, sqlite
from nbtrack.store.sql.dialects.backend import Backend
from nbtrack.store.sql.dialects.postgresql import PostgresqlBackend
from nbtrack.store.sql.dialects.sqlite import SqliteBackend
from nbtrack.store.sql.tables import PointOfSeries

__all__ = ["Backend", "PostgresqlBackend", "SqliteBackend", "append_points"]

_APPENDING = {"sqlite": sqlite.append_points, "postgresql": postgresql.append_points}


def append_points(connection: sa.Connection, points: Sequence[PointOfSeries]) -> None:
    """Append many points in the fastest way that the database has."""
    _APPENDING[connection.dialect.name](connection, points)
