from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from nbtrack.store.sql.tables import PointOfSeries

_APPEND = "INSERT INTO metrics (series_id, step, at_ms, ordinal, value) VALUES (?, ?, ?, ?, ?)"


def append_points(connection: sa.Connection, points: Sequence[PointOfSeries]) -> None:
    # SQLite keeps NaN as NULL, which is what stands for it in the tables.
    connection.exec_driver_sql(_APPEND, list(points))
