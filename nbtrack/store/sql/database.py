"""Connections, transactions and the change counter. All SQL of the store runs through one Database."""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError

from nbtrack.errors import InvalidInput, InvalidState, NotAStore, StoreUnavailable
from nbtrack.settings import redact
from nbtrack.store.sql import tables
from nbtrack.store.syncing import sync_file

BUSY_TIMEOUT_S = 60.0
MAX_BOUND_IDS = 20_000
"""Ids in one IN list; SQLite binds at most 32,766 values."""
_OPTIONS: dict[str, Any] = {
    "connect_args": {"timeout": BUSY_TIMEOUT_S, "check_same_thread": False},
    # However many threads log at once: each waits for its turn to write, none for a connection.
    "max_overflow": -1,
}
_OPEN: weakref.WeakSet[Database] = weakref.WeakSet()


class Database:
    """One database of a store, safe to share between threads."""

    def __init__(self, url: sa.URL, *, uri: str) -> None:
        self.uri = redact(uri)
        """The store's place as the user knows it, for messages."""
        self._file = Path(url.database or "")
        self._file_id: tuple[int, int] | None = None
        self._poll_lock = threading.Lock()
        self._poll_connection: sa.Connection | None = None
        self.engine = sa.create_engine(url, **_OPTIONS)
        sa.event.listen(self.engine, "connect", _prepare_connection)
        sa.event.listen(self.engine, "begin", _begin)
        _OPEN.add(self)

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Give a connection whose statements all see one state of the store."""
        self._check_file()
        with self._explained(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def transaction(self, *, patience_s: float = BUSY_TIMEOUT_S) -> Iterator[sa.Connection]:
        """Give a connection whose writes happen all or not at all; wait so long for others who write."""
        self._check_file()
        with self._explained(), self._writer(patience_s).begin() as connection:
            yield connection

    def _check_file(self) -> None:
        """Raise if the file is gone: SQLite would go on writing to what nobody will ever read."""
        try:
            status = self._file.stat()
        except OSError as error:
            if self._file_id is None:
                return  # it is being made
            raise StoreUnavailable(
                f"The store {self.uri} is gone: its file was moved or deleted. Put it back, or open another store "
                "with nbtrack.set_tracking_uri(...)."
            ) from error
        file_id = (status.st_dev, status.st_ino)
        if self._file_id not in (None, file_id):
            self.engine.dispose()  # another file stands in its place
        self._file_id = file_id

    def is_there(self) -> bool:
        return self._file.exists()

    def sync(self) -> None:
        """Bring the log of what is committed to the disk: with ``synchronous = NORMAL`` a commit doesn't."""
        try:
            sync_file(Path(f"{self._file}-wal"))
        except OSError as error:
            raise StoreUnavailable(f"The store {self.uri} can't be synced: {error.strerror}.") from error

    def change_token(self) -> int:
        # data_version changes when any *other* connection commits, so it is asked on one that never writes.
        with self._poll_lock, self._explained():
            if self._poll_connection is None:
                self._poll_connection = self.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            return int(self._poll_connection.exec_driver_sql("PRAGMA data_version").scalar_one())

    def close(self) -> None:
        with self._poll_lock:
            if self._poll_connection is not None:
                self._poll_connection.close()
                self._poll_connection = None
        self.engine.dispose()

    def forget_connections(self) -> None:
        """Drop connections without closing them: after a fork they belong to the parent."""
        self._poll_lock = threading.Lock()
        self._poll_connection = None
        self.engine.dispose(close=False)

    def _writer(self, patience_s: float) -> sa.Engine:
        return self.engine.execution_options(nbtrack_writes=True, nbtrack_patience_s=patience_s)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except IntegrityError as error:
            raise InvalidState(f"The store {self.uri} refuses this: {error.orig}.") from error
        except DBAPIError as error:
            raise explain(error, self.uri) from error
        except UnicodeEncodeError as error:
            raise InvalidInput(
                f"{error.object!r} holds half of a surrogate pair, which is not valid Unicode."
            ) from None


def explain(error: DBAPIError, uri: str) -> StoreUnavailable | NotAStore:
    """Say what a database's error means for the user of the store at ``uri``."""
    reason = str(error.orig)
    if "not a database" in reason:
        return NotAStore(
            f"{uri} is not an nbtrack store, or it is damaged ({reason}). Move it away, or open another store with "
            "nbtrack.set_tracking_uri(...)."
        )
    hints = {
        "malformed": "It is damaged: move it away, or bring back a copy.",
        "readonly": "Make it writable, or open another store with nbtrack.set_tracking_uri(...).",
        "unable to open": "Check that its folder exists and is writable.",
        "full": "Free some space.",
        "locked": "Another process keeps it locked; if that lasts, end that process.",
    }
    hint = next((hint for sign, hint in hints.items() if sign in reason), "")
    return StoreUnavailable(f"The store {uri} can't be used: {reason}. {hint}".strip())


def bump_seq(connection: sa.Connection) -> int:
    """Advance the change counter within a writing transaction and return it."""
    return int(connection.execute(_BUMP).scalar_one())


def read_seq(connection: sa.Connection) -> int:
    return int(connection.execute(_READ_SEQ).scalar_one())


_STATE = tables.store_state
_IS_SEQ = _STATE.c.name == "seq"
_BUMP = _STATE.update().where(_IS_SEQ).values(value=_STATE.c.value + 1).returning(_STATE.c.value)
_READ_SEQ = sa.select(_STATE.c.value).where(_IS_SEQ)


def sqlite_url(path: Path) -> sa.URL:
    return sa.URL.create("sqlite", database=str(path))


def _prepare_connection(connection: Any, _record: object) -> None:
    # Transactions are begun by hand below: the driver's own BEGIN is deferred and fails late under contention.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {int(BUSY_TIMEOUT_S * 1000)}")
    cursor.execute("PRAGMA foreign_keys = ON")
    # In WAL mode a commit survives the process without an fsync; ``sync`` brings it to the disk.
    cursor.execute("PRAGMA synchronous = NORMAL")
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


def enable_wal(database: Database, *, deadline_s: float = BUSY_TIMEOUT_S) -> None:
    """Switch to write-ahead logging, which lets readers go on while one process writes."""
    end = time.monotonic() + deadline_s
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while connection.exec_driver_sql("PRAGMA journal_mode").scalar() != "wal":
            try:
                connection.exec_driver_sql("PRAGMA journal_mode = WAL")
            except DBAPIError as error:
                # The switch doesn't wait for others as statements do, and several processes may create a store at once.
                if "locked" not in str(error.orig) or time.monotonic() > end:
                    raise explain(error, database.uri) from error
                time.sleep(0.01)


def _after_fork_in_child() -> None:
    for database in list(_OPEN):
        database.forget_connections()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
