"""What the handlers work with."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from nbtrack import clock
from nbtrack.store import open_store

if TYPE_CHECKING:
    from nbtrack.server.deployments import Deployments
    from nbtrack.server.evaluations import Evaluations
    from nbtrack.store import Store


class SharedStore:
    """The server's store, opened when it is first needed: starting Jupyter makes no folder."""

    def __init__(self, uri: str) -> None:
        self.uri = uri
        self._lock = threading.Lock()
        self._store: Store | None = None

    @property
    def is_there(self) -> bool:
        """Whether its folder has been made, or it needs none."""
        return "://" in self.uri or Path(self.uri).exists()

    @property
    def is_open(self) -> bool:
        """Whether it has been opened and not closed since."""
        return self._store is not None

    def get(self) -> Store:
        """Return the open store.

        Raises
        ------
        StoreError
            It can't be opened; the next call tries again.
        """
        with self._lock:
            if self._store is None:
                self._store = open_store(self.uri)
            return self._store

    def close(self) -> None:
        """Close the store if it is open; `get` opens it again."""
        with self._lock:
            if self._store is not None:
                self._store.close()
                self._store = None


@dataclass(frozen=True)
class Services:
    """Everything that a handler may use. ``now_ms`` is replaced where a test must fix the time."""

    shared_store: SharedStore
    deployments: Deployments
    evaluations: Evaluations
    now_ms: Callable[[], int] = field(default=clock.now_ms)

    @property
    def store(self) -> Store:
        """The open store."""
        return self.shared_store.get()

    def close(self) -> None:
        """End the child processes and close the store."""
        self.deployments.close()
        self.evaluations.close()
        self.shared_store.close()
