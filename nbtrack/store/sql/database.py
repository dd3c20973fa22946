"""Transactions, their errors in words, and the change counter. All SQL of the store runs through one Database."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from nbtrack.errors import InvalidInput, InvalidState, StoreUnavailable
from nbtrack.settings import redact
from nbtrack.store.sql import tables
from nbtrack.store.sql.dialects import Backend
from nbtrack.store.sql.dialects.backend import BUSY_TIMEOUT_S

MAX_BOUND_IDS = 20_000
"""Ids in one IN list; SQLite binds at most 32,766 values."""
_OPEN: weakref.WeakSet[Database] = weakref.WeakSet()


class Database:
    """One database of a store, safe to share between threads.

    Parameters
    ----------
    backend
        Its connections.
    uri
        The store's place as the user knows it.
    prepare
        Called before it is first used: makes the tables, or brings them up to date. If that fails, it is tried again.
    """

    def __init__(self, backend: Backend, *, uri: str, prepare: Callable[[Database], None] | None = None) -> None:
        self.uri = redact(uri)
        """The store's place, for messages."""
        self.backend = backend
        self._prepare = prepare
        self._is_ready = prepare is None
        self._is_preparing = False
        self._lock = threading.RLock()
        _OPEN.add(self)

    def make_ready(self) -> None:
        """Prepare the database, unless it is; other threads wait for that."""
        if self._is_ready:
            return
        with self._lock:
            if self._prepare is None or self._is_ready or self._is_preparing:
                return  # ready meanwhile, or it is this very thread that prepares it
            self._is_preparing = True
            try:
                self._prepare(self)
                self._is_ready = True
            finally:
                self._is_preparing = False

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Give a connection whose statements all see one state of the store."""
        self.make_ready()
        with self.explaining(), self.backend.reading() as connection:
            yield connection

    @contextmanager
    def transaction(self, *, patience_s: float = BUSY_TIMEOUT_S) -> Iterator[sa.Connection]:
        """Give a connection whose writes happen all or not at all; wait so long for others who write."""
        self.make_ready()
        with self.explaining(), self.backend.writing(patience_s) as connection:
            yield connection

    def is_there(self) -> bool:
        return self.backend.is_there()

    def sync(self) -> None:
        """Bring what is committed to the disk, where a commit doesn't."""
        try:
            self.backend.sync()
        except OSError as error:
            raise StoreUnavailable(f"The store {self.uri} can't be synced: {error.strerror}.") from error

    def change_token(self) -> int:
        self.make_ready()
        with self.explaining():
            return self.backend.change_token()

    def close(self) -> None:
        self.backend.close()

    def after_fork_in_child(self) -> None:
        self._lock, self._is_preparing = threading.RLock(), False
        self.backend.after_fork_in_child()

    @contextmanager
    def explaining(self) -> Iterator[None]:
        """Say in words what goes wrong in the database inside."""
        try:
            yield
        except IntegrityError as error:
            raise InvalidState(f"The store {self.uri} refuses this: {error.orig}.") from error
        except DataError as error:
            raise InvalidInput(f"The store {self.uri} can't keep this: {error.orig}.") from error
        except (DBAPIError, self.backend.driver_error) as error:
            cause = error.orig if isinstance(error, DBAPIError) else error
            raise self.backend.explain(cause or error, self.uri) from error
        except NoConnectionFree as error:
            raise StoreUnavailable(f"The store {self.uri} is busy: too many threads use it at once.") from error
        except OverflowError:
            raise InvalidInput("A number does not fit into 64 bits.") from None
        except UnicodeEncodeError as error:
            raise InvalidInput(
                f"{error.object!r} holds half of a surrogate pair, which is not valid Unicode."
            ) from None


def bump_seq(connection: sa.Connection) -> int:
    """Advance the change counter within a writing transaction and return it."""
    return int(connection.execute(_BUMP).scalar_one())


def read_seq(connection: sa.Connection) -> int:
    return int(connection.execute(_READ_SEQ).scalar_one())


_STATE = tables.store_state
_IS_SEQ = _STATE.c.name == "seq"
_BUMP = _STATE.update().where(_IS_SEQ).values(value=_STATE.c.value + 1).returning(_STATE.c.value)
_READ_SEQ = sa.select(_STATE.c.value).where(_IS_SEQ)


def _before_fork() -> None:
    for database in list(_OPEN):
        database.backend.before_fork()


def _after_fork_in_parent() -> None:
    for database in list(_OPEN):
        database.backend.after_fork_in_parent()


def _after_fork_in_child() -> None:
    for database in list(_OPEN):
        database.after_fork_in_child()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child)
