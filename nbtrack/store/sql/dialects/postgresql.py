from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

import sqlalchemy as sa

from nbtrack.store.sql.tables import PointOfSeries

if TYPE_CHECKING:
    import psycopg

_APPEND = "COPY metrics (series_id, step, at_ms, ordinal, value) FROM STDIN (FORMAT BINARY)"
_TYPES = ("int8", "int8", "int8", "int8", "float8")


def append_points(connection: sa.Connection, points: Sequence[PointOfSeries]) -> None:
    driver = cast("psycopg.Connection", connection.connection.driver_connection)
    with driver.cursor() as cursor, cursor.copy(_APPEND) as copy:
        copy.set_types(_TYPES)
        for *place, value in points:
            copy.write_row((*place, value if value == value else None))
