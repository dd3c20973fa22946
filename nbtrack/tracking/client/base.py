from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from nbtrack.store import Store
from nbtrack.tracking import log
from nbtrack.tracking.workspace import current_store, within_store


class StoreCalls:
    """Calls on the store at ``tracking_uri``; without one, on the store that is open in this process."""

    def __init__(self, tracking_uri: str | Path | None = None) -> None:
        self._uri = None if tracking_uri is None else str(tracking_uri)

    @property
    def store(self) -> Store:
        """The store, with all that was logged so far."""
        log.flush()
        with self._here():
            return current_store()

    def _here(self) -> AbstractContextManager[None]:
        return within_store(self._uri)
