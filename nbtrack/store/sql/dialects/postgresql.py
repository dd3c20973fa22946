from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import sqlalchemy as sa

from nbtrack.errors import InvalidInput, NotAStore, StoreAway, StoreError, StoreUnavailable
from nbtrack.store.sql.dialects.backend import BUSY_TIMEOUT_S
from nbtrack.store.sql.dialects.pools import dispose
from nbtrack.store.sql.dialects.postgresql_changes import CHANNEL, ChangeFeed
from nbtrack.store.sql.dialects.postgresql_server import PostgresqlServer
from nbtrack.store.sql.tables import PointOfSeries

if TYPE_CHECKING:
    import psycopg

_OPTIONS: dict[str, Any] = {
    # A team has many kernels and a server some hundred connections: few are kept, and more are there when needed.
    "pool_size": 2,
    "max_overflow": 8,
    "pool_timeout": BUSY_TIMEOUT_S,
    "pool_use_lifo": True,
    # The server may have been started again since a connection was last used.
    "pool_pre_ping": True,
    "isolation_level": "READ COMMITTED",
    "use_native_hstore": False,
}
_LOCK = 0x6E627472
"""One half of the lock that who writes holds; the schema is the other."""
MAX_PAUSE_S = 30.0
"""How long a transaction may stand still: a laptop that falls asleep in one must not keep a whole team waiting."""
_TAKE_TURN = sa.text(
    "SELECT set_config('lock_timeout', :patience_ms, true), "
    "set_config('idle_in_transaction_session_timeout', :pause_ms, true), "
    "pg_advisory_xact_lock(:lock, hashtext(current_schema())), pg_notify(:channel, :origin)"
)
_INVALID_INDEXES = sa.text(
    "SELECT indexrelid::regclass::text FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid "
    "WHERE NOT indisvalid AND relnamespace = current_schema()::regnamespace"
)
_OTHER_COLLATIONS = sa.text("""
SELECT format(
    'ALTER TABLE %I %s', c.relname,
    string_agg(
        format('ALTER COLUMN %I TYPE %s COLLATE "C"', a.attname, format_type(a.atttypid, a.atttypmod)), ', '
    )
)
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_collation l ON l.oid = a.attcollation
WHERE c.relnamespace = CAST(current_schema() AS regnamespace) AND c.relkind = 'r' AND a.attnum > 0 AND l.collname <> 'C'
GROUP BY c.relname
""")
_COMMON_VALUES = """
CREATE STATISTICS IF NOT EXISTS st_{table}_value (mcv) ON {columns} FROM {table};
ANALYZE {table}
"""
_APPEND = "COPY metrics (series_id, step, at_ms, ordinal, value) FROM STDIN (FORMAT BINARY)"
_TYPES = ("int8", "int8", "int8", "int8", "float8")

_HINTS = {
    "28": "Check the user, and the password: in the URI, PGPASSWORD or ~/.pgpass.",
    "3D": "Make it with `createdb`, or open another one with nbtrack.set_tracking_uri(...).",
    "42501": "Ask the owner of the database for the right to create and use tables in its schema.",
    "25006": "It takes no writes: open the primary server.",
    "25P03": "It took too long between two statements.",
    "53100": "Free some space on the server.",
    "55P03": "Another process keeps it locked; if that lasts, end that process.",
}
"""By SQLSTATE, or the class of it that its first letters are."""
# A connection that can't be made has no SQLSTATE, and a server that speaks another language no sign.
_REFUSALS = {
    "28": re.compile(r"authentication failed|no password supplied|pg_hba\.conf|role .* does not exist|certificate"),
    "3D": re.compile(r"database .* does not exist"),
    "42501": re.compile("permission denied for database"),
}
_AWAY = {"08", "53300", "57P01", "57P02", "57P03"}


class PostgresqlBackend:
    """A database, or a schema of one, on a server."""

    def __init__(self, uri: str) -> None:
        self._server = PostgresqlServer(uri)
        self._begin_feed()
        self._inherited: list[object] = []
        # Without an address: that holds a password, and SQLAlchemy shows it here and there.
        self._engine = sa.create_engine("postgresql+psycopg://", **_OPTIONS)
        sa.event.listen(self._engine, "do_connect", self._connect)
        self._reader = self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    def _begin_feed(self) -> None:
        self._origin = uuid.uuid4().hex
        self._changes = ChangeFeed(self._server, origin=self._origin)

    @property
    def place(self) -> str:
        """What names the database, without credentials."""
        return self._server.place

    def _connect(self, _dialect: object, _record: object, _args: object, options: dict[str, Any]) -> psycopg.Connection:
        return self._server.connect(**options)

    @property
    def driver_error(self) -> type[Exception]:
        import psycopg

        return psycopg.Error

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        with self._reader.begin() as connection:
            yield connection

    @contextmanager
    def writing(self, patience_s: float) -> Iterator[sa.Connection]:
        with self._engine.begin() as connection:
            limits = {"patience_ms": str(int(patience_s * 1000)), "pause_ms": str(int(MAX_PAUSE_S * 1000))}
            connection.execute(_TAKE_TURN, {**limits, "lock": _LOCK, "channel": CHANNEL, "origin": self._origin})
            yield connection
        self._changes.note_own_commit()

    def explain(self, error: BaseException, uri: str) -> StoreError | InvalidInput:
        state = _state_of(error)
        reason = " ".join(str(error).split()).rstrip(".?!")
        if state[:2] == "54":  # a limit of the server: an index takes no text of 3 kB
            return InvalidInput(f"The store {uri} can't keep this: {reason}.")
        if state in _AWAY or state[:2] in _AWAY:
            return StoreAway(
                f"The store {uri} can't be reached: {reason}. Check that the server runs, and the network to it."
            )
        hint = _HINTS.get(state) or _HINTS.get(state[:2], "")
        return StoreUnavailable(f"The store {uri} can't be used: {reason}. {hint}".strip())

    def prepare(self) -> None:
        """Make the schema of the URI, and refuse a database that can't keep every text."""
        with self._engine.begin() as connection:
            encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
            if encoding != "UTF8":
                raise NotAStore(
                    f"The database has the encoding {encoding}, and nbtrack needs UTF8. Make another one with "
                    "`createdb --encoding=UTF8 --template=template0`."
                )
            if (
                self._server.schema is not None
                and connection.exec_driver_sql("SELECT current_schema()").scalar() is None
            ):
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
                connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {self._server.schema}")

    def complete(self, connection: sa.Connection) -> None:
        """Let texts be compared by their characters, and the planner know which values of which keys are common.

        The first as in SQLite and Python, whatever the database's language is. Without the second, what a key has
        and what a value has would be taken for independent, and each value for rare.
        """
        for (statement,) in connection.execute(_OTHER_COLLATIONS).all():
            connection.exec_driver_sql(statement.replace("%", "%%"))
        version = connection.dialect.server_version_info or ()
        # The length is what the index of values says; from PostgreSQL 14 on it can be counted too.
        columns = "key, value, (length(value))" if version >= (14,) else "key, value"
        for table in ("params", "tags"):
            for statement in _COMMON_VALUES.format(table=table, columns=columns).split(";"):
                connection.exec_driver_sql(statement)

    def sync(self) -> None:
        """Do nothing: the server's commits are on its disk."""

    def damage(self, connection: sa.Connection) -> Sequence[str]:
        # The server checks its pages as it reads them; what is looked through afterwards is all of them.
        return [f"the index {name} is not valid" for name in connection.scalars(_INVALID_INDEXES)]

    def is_there(self) -> bool:
        return True

    def change_token(self) -> int:
        return self._changes.count()

    def close(self) -> None:
        self._changes.close()
        dispose(self._engine)

    def before_fork(self) -> None:
        """Do nothing: the child uses none of its parent's connections."""

    def after_fork_in_parent(self) -> None:
        """Do nothing."""

    def after_fork_in_child(self) -> None:
        # Kept, for the driver complains of connections that are thrown away while they are open.
        self._inherited += [self._engine.pool, self._changes]
        self._engine.dispose(close=False)
        self._begin_feed()


def append_points(connection: sa.Connection, points: Sequence[PointOfSeries]) -> None:
    driver = cast("psycopg.Connection", connection.connection.driver_connection)
    with driver.cursor() as cursor, cursor.copy(_APPEND) as copy:
        copy.set_types(_TYPES)
        for *place, value in points:
            # NULL stands for NaN in the tables.
            copy.write_row((*place, value if value == value else None))


def _state_of(error: BaseException) -> str:
    """Return the SQLSTATE of an error, or one that fits if the server told none."""
    import psycopg

    state = getattr(error, "sqlstate", None)
    if state is not None:
        return str(state)
    refused = next((state for state, sign in _REFUSALS.items() if sign.search(str(error))), "")
    return refused or ("08" if isinstance(error, psycopg.OperationalError) else "")
