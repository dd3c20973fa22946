from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from nbtrack.errors import InvalidInput, NotAStore, StoreUnavailable
from nbtrack.store.sql.dialects.backend import BUSY_TIMEOUT_S
from nbtrack.store.sql.dialects.occupancy import Occupancy
from nbtrack.store.sql.dialects.pools import dispose
from nbtrack.store.sql.tables import PointOfSeries
from nbtrack.store.syncing import sync_file

_OPTIONS: dict[str, Any] = {
    "connect_args": {"timeout": BUSY_TIMEOUT_S, "check_same_thread": False},
    # However many threads log at once: each waits for its turn to write, none for a connection.
    "max_overflow": -1,
    # A connection forgets the pages that it has read when another one has written.
    "pool_use_lifo": True,
}
CACHE_KIB = 32 * 1024
MAX_LOG_PAGES = 4000
FORK_PATIENCE_S = 5.0
"""How long a fork waits for threads that are in the database."""
_APPEND = "INSERT INTO metrics (series_id, step, at_ms, ordinal, value) VALUES (?, ?, ?, ?, ?)"
_HINTS = {
    "malformed": "It is damaged: move it away, or bring back a copy.",
    "readonly": "Make it writable, or open another store with nbtrack.set_tracking_uri(...).",
    "unable to open": "Check that its folder exists and is writable.",
    "full": "Free some space.",
    "locked": "Another process keeps it locked; if that lasts, end that process.",
}
_LIMITS = ("Expression tree is too large", "parser stack overflow", "too many SQL variables", "too many terms")
"""What a question of many conditions can run into."""


class SqliteBackend:
    """A database in a file.

    Parameters
    ----------
    file
        It is made if it is not there.
    use_wal
        Let readers go on while one process writes; that needs memory which processes share.
    """

    driver_error = sqlite3.Error

    def __init__(self, file: Path, *, use_wal: bool = True) -> None:
        self._file = file
        self._use_wal = use_wal
        self._file_id: tuple[int, int] | None = None
        self._poll_lock = threading.Lock()
        self._poll_connection: sa.Connection | None = None
        self._polled_connections = 0
        self._occupancy = Occupancy()
        self._engine = sa.create_engine(sa.URL.create("sqlite", database=str(file)), **_OPTIONS)
        sa.event.listen(self._engine, "connect", _prepare_connection)
        sa.event.listen(self._engine, "begin", _begin)

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        self._check_file()
        with self._occupancy.inside(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self, patience_s: float) -> Iterator[sa.Connection]:
        self._check_file()
        engine = self._engine.execution_options(nbtrack_writes=True, nbtrack_patience_s=patience_s)
        with self._occupancy.inside(), engine.begin() as connection:
            yield connection

    def _check_file(self) -> None:
        """Raise if the file is gone: SQLite would go on writing to what nobody will ever read."""
        try:
            status = self._file.stat()
        except OSError as error:
            if self._file_id is None:
                return  # it is being made
            raise StoreUnavailable(
                f"The store's file {self._file} is gone: it was moved or deleted. Put it back, or open another store "
                "with nbtrack.set_tracking_uri(...)."
            ) from error
        file_id = (status.st_dev, status.st_ino)
        if self._file_id not in (None, file_id):
            dispose(self._engine)  # another file stands in its place
        self._file_id = file_id

    def explain(self, error: BaseException, uri: str) -> StoreUnavailable | NotAStore | InvalidInput:
        if any(sign in str(error) for sign in _LIMITS):
            return InvalidInput("This asks for more at once than SQLite can look for. Ask in several searches.")
        if "not a database" in str(error):
            return NotAStore(
                f"{uri} is not an nbtrack store, or it is damaged ({error}). Move it away, or open another store with "
                "nbtrack.set_tracking_uri(...)."
            )
        hint = next((hint for sign, hint in _HINTS.items() if sign in str(error)), "")
        return StoreUnavailable(f"The store {uri} can't be used: {error}. {hint}".strip())

    def prepare(self) -> None:
        """Switch to write-ahead logging, which lets readers go on while one process writes."""
        if not self._use_wal:
            return
        end = time.monotonic() + BUSY_TIMEOUT_S
        autocommit = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        with self._occupancy.inside(), autocommit.connect() as connection:
            while connection.exec_driver_sql("PRAGMA journal_mode").scalar() != "wal":
                try:
                    connection.exec_driver_sql("PRAGMA journal_mode = WAL")
                except DBAPIError as error:
                    # The switch doesn't wait for others as statements do, and several processes may create a store at
                    # once.
                    if "locked" not in str(error.orig) or time.monotonic() > end:
                        raise
                    time.sleep(0.01)

    def complete(self, connection: sa.Connection) -> None:
        """Do nothing: the tables say it all."""

    def sync(self) -> None:
        """Bring the log of what is committed to the disk: with ``synchronous = NORMAL`` a commit doesn't."""
        sync_file(Path(f"{self._file}-wal"))

    def damage(self, connection: sa.Connection) -> Sequence[str]:
        found = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA integrity_check(20)")]
        return [] if found == ["ok"] else found

    def is_there(self) -> bool:
        try:
            status = self._file.stat()
        except OSError:
            return False
        return self._file_id in (None, (status.st_dev, status.st_ino))

    def change_token(self) -> int:
        # data_version changes when any *other* connection commits, so it is asked on one that never writes.
        with self._occupancy.inside(), self._poll_lock:
            if self._poll_connection is None:
                self._poll_connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
                self._polled_connections += 1
            version = int(self._poll_connection.exec_driver_sql("PRAGMA data_version").scalar_one())
        # Each connection counts from the start.
        return (self._polled_connections << 32) + version

    def close(self) -> None:
        with self._poll_lock:
            if self._poll_connection is not None:
                self._poll_connection.close()
                self._poll_connection = None
        dispose(self._engine)

    def before_fork(self) -> None:
        """Close all connections, once nobody uses them.

        SQLite keeps in the process's memory who has which lock. A child would take its parent's for its own: it would
        wait for ever for a thread that it doesn't have, and write to a log that is deleted when its parent closes.
        """
        self._occupancy.close(FORK_PATIENCE_S)
        self.close()

    def after_fork_in_parent(self) -> None:
        self._occupancy.open()

    def after_fork_in_child(self) -> None:
        self._occupancy, self._poll_lock, self._poll_connection = Occupancy(), threading.Lock(), None
        self._engine.dispose(close=False)


def append_points(connection: sa.Connection, points: Sequence[PointOfSeries]) -> None:
    # SQLite keeps NaN as NULL, which is what stands for it in the tables.
    connection.exec_driver_sql(_APPEND, list(points))


def _prepare_connection(connection: Any, _record: object) -> None:
    # Transactions are begun by hand below: the driver's own BEGIN is deferred and fails late under contention.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {int(BUSY_TIMEOUT_S * 1000)}")
    cursor.execute("PRAGMA foreign_keys = ON")
    # A search looks here and there in indexes; SQLite's own 2 MB hold too little of those of 100,000 runs.
    cursor.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    # In WAL mode a commit survives the process without an fsync; ``sync`` brings it to the disk.
    cursor.execute("PRAGMA synchronous = NORMAL")
    # A commit of 100 metrics touches 100 pages, the next one the same ones: they are brought home once for many.
    cursor.execute(f"PRAGMA wal_autocheckpoint = {MAX_LOG_PAGES}")
    cursor.close()


def _begin(connection: sa.Connection) -> None:
    options = connection.get_execution_options()
    if options.get("isolation_level") == "AUTOCOMMIT":
        return
    if not options.get("nbtrack_writes"):
        connection.exec_driver_sql("BEGIN")
        return
    connection.exec_driver_sql(f"PRAGMA busy_timeout = {int(options['nbtrack_patience_s'] * 1000)}")
    # A reader that upgrades to writing can fail at once with "locked"; who will write says so at the start.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
