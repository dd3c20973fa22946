"""How long something that always fails, at a server that is there, holds up what comes after it."""

from __future__ import annotations

import time
from collections.abc import Hashable

MIN_TRIES = 5
MIN_S = 30.0


class Patience:
    """Counts how often, and since when, things failed; a thing is told from others by any value that does so."""

    def __init__(self) -> None:
        self._failing: dict[Hashable, tuple[int, float]] = {}

    def note_failure(self, of: Hashable) -> None:
        tries, since = self._failing.get(of, (0, time.monotonic()))
        self._failing[of] = (tries + 1, since)

    def is_over(self, of: Hashable) -> bool:
        """Tell whether it failed often enough, and for long enough, to go on without it."""
        tries, since = self._failing.get(of, (0, 0.0))
        return tries >= MIN_TRIES and time.monotonic() - since >= MIN_S

    def forget(self, of: Hashable) -> None:
        self._failing.pop(of, None)
