"""The one way by which params, metrics and tags reach the store.

Everything that logs goes through ``append``; what is behind it may write at once or later.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from nbtrack.entities import Batch
from nbtrack.errors import StoreUnavailable
from nbtrack.tracking import background
from nbtrack.tracking.notices import notify
from nbtrack.tracking.workspace import store_of


class RunLog(Protocol):
    def append(self, run_id: str, batch: Batch) -> None:
        """Take a batch for good. Mistakes of the caller raise; faults of storage do not."""
        ...

    def flush(self) -> None:
        """Return when all that was appended can be read from the store."""
        ...


class DirectLog:
    """Writes each batch to the store before it returns."""

    def append(self, run_id: str, batch: Batch) -> None:
        with absorbing_faults():
            store_of(run_id).runs.log(run_id, batch)

    def flush(self) -> None:
        """Nothing waits here."""


_is_faulty = False


@contextmanager
def absorbing_faults() -> Iterator[None]:
    """Keep a fault of storage inside from the code that logs; the first of a series is told."""
    global _is_faulty
    try:
        yield
    except StoreUnavailable as error:
        if not _is_faulty:
            notify(f"what is logged can't be stored now, and your code goes on without it. {error}", error)
        _is_faulty = True
    else:
        _is_faulty = False


_log: RunLog = DirectLog()


def append(run_id: str, batch: Batch) -> None:
    if batch:
        _log.append(run_id, batch)


def flush() -> None:
    """Return when all that this process logged, and what goes on in the background, can be read from the store."""
    background.wait()
    _log.flush()
