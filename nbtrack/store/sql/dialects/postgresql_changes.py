"""Hearing of what others commit, through LISTEN and NOTIFY."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from nbtrack.store.sql.dialects.postgresql_server import PostgresqlServer

if TYPE_CHECKING:
    import psycopg

CHANNEL = "nbtrack"


class ChangeFeed:
    """Counts commits: those of others as the server tells them, on a connection of its own.

    Parameters
    ----------
    origin
        What this process's own commits carry; they are counted as they happen.
    """

    def __init__(self, server: PostgresqlServer, *, origin: str) -> None:
        self._server, self._origin = server, origin
        self._count = 0
        self._lock = threading.Lock()
        self._connection: psycopg.Connection | None = None

    def count(self) -> int:
        """Return a number that differs after a commit; it moves too after the connection was lost."""
        import psycopg

        with self._lock:
            if self._connection is None:
                self._connection = self._listen()
            try:
                told = [notice.payload for notice in self._connection.notifies(timeout=0)]
            except psycopg.Error:
                self._connection.close()
                self._connection = None
                raise
            self._count += sum(payload != self._origin for payload in told)
            return self._count

    def note_own_commit(self) -> None:
        with self._lock:
            self._count += 1

    def _listen(self) -> psycopg.Connection:
        connection = self._server.connect(autocommit=True)
        connection.execute(f"LISTEN {CHANNEL}")
        # What was committed while nobody listened is unknown.
        self._count += 1
        return connection

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
