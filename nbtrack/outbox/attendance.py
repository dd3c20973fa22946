"""Showing that this process lives, so that nobody ends its runs."""

from __future__ import annotations

import time
from contextlib import suppress

from nbtrack.clock import now_ms
from nbtrack.errors import StoreError
from nbtrack.outbox.segments import Segment
from nbtrack.store import Presence, Store
from nbtrack.store.presence import SIGN_INTERVAL_S


class Attendance:
    """This process's session in a store: a file that is locked while it lives, and a sign now and then."""

    def __init__(self, store: Store, session_id: str) -> None:
        self._store, self._session_id = store, session_id
        self._presence: Presence | None = None
        self._shown_at = time.monotonic()
        with suppress(OSError):  # a folder that can't be written is told of when the segment is made
            self._presence = Presence(store.outbox, session_id)

    def due_in_s(self) -> float:
        return max(0.0, self._shown_at + SIGN_INTERVAL_S - time.monotonic())

    def show(self, segment: Segment | None) -> None:
        """Give a sign, if it is time to."""
        if self.due_in_s():
            return
        self._shown_at = time.monotonic()
        for file in (self._presence, segment):
            if file is not None:
                file.renew()
        with suppress(StoreError):  # it is away; the next sign may reach it
            self._store.sessions.seen(self._session_id, at_ms=now_ms())

    def end(self) -> None:
        if self._presence is not None:
            self._presence.end()

    def disown(self) -> None:
        if self._presence is not None:
            self._presence.disown()
