"""Waiting, before a fork, until nobody uses a database's connections."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Occupancy:
    """Knows the threads that are inside; while it is closed nobody comes in but who is inside already."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside: dict[object, int] = {}
        self._is_closed = False

    @contextmanager
    def inside(self) -> Iterator[None]:
        visit, thread = object(), threading.get_ident()
        try:
            with self._changed:
                self._changed.wait_for(lambda: not self._is_closed or thread in self._inside.values())
                self._inside[visit] = thread
            yield
        finally:
            with self._changed:
                self._inside.pop(visit, None)
                self._changed.notify_all()

    def close(self, timeout_s: float) -> None:
        """Return when all other threads are outside, or the time is over: whoever forks must not wait for long."""
        with self._changed:
            self._is_closed = True
            self._changed.wait_for(lambda: set(self._inside.values()) <= {threading.get_ident()}, timeout_s)

    def open(self) -> None:
        with self._changed:
            self._is_closed = False
            self._changed.notify_all()
