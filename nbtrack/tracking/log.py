"""The one way by which params, metrics and tags reach the store.

Everything that logs goes through ``append``; what is behind it may write at once or later.
"""

from __future__ import annotations

import logging
import warnings
from typing import Protocol

from nbtrack.entities import Batch
from nbtrack.errors import StoreUnavailable
from nbtrack.tracking import background
from nbtrack.tracking.workspace import current_store

_logger = logging.getLogger("nbtrack")


class RunLog(Protocol):
    def append(self, run_id: str, batch: Batch) -> None:
        """Take a batch for good. Mistakes of the caller raise; faults of storage do not."""
        ...

    def flush(self) -> None:
        """Return when all that was appended can be read from the store."""
        ...


class DirectLog:
    """Writes each batch to the store before it returns."""

    def __init__(self) -> None:
        self._is_faulty = False

    def append(self, run_id: str, batch: Batch) -> None:
        try:
            current_store().runs.log(run_id, batch)
        except StoreUnavailable as error:
            self._warn_once(error)
        else:
            self._is_faulty = False

    def flush(self) -> None:
        """Nothing waits here."""

    def _warn_once(self, error: StoreUnavailable) -> None:
        _logger.warning("Logging failed", exc_info=error)
        if not self._is_faulty:
            warnings.warn(f"nbtrack could not store what was logged, and goes on without it. {error}", stacklevel=4)
        self._is_faulty = True


_log: RunLog = DirectLog()


def append(run_id: str, batch: Batch) -> None:
    if batch:
        _log.append(run_id, batch)


def flush() -> None:
    """Return when all that this process logged, and what goes on in the background, can be read from the store."""
    background.wait()
    _log.flush()
