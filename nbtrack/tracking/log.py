"""The one way by which params, metrics and tags reach the store.

Everything that logs goes through ``append``; what is behind it may write at once or later.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from nbtrack.entities import Batch
from nbtrack.errors import RunNotFound, StoreUnavailable
from nbtrack.tracking import background
from nbtrack.tracking.notices import notify
from nbtrack.tracking.workspace import is_home_known, store_of


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
        with absorbing_faults(run_id):
            try:
                store_of(run_id).runs.log(run_id, batch)
            except RunNotFound as error:
                if not is_home_known(run_id):
                    raise
                # It was made here: its store was deleted, and a new one stands in its place.
                raise StoreUnavailable(str(error)) from error

    def flush(self) -> None:
        """Nothing waits here."""


# Runs to which the last attempt to log failed.
_faulty: set[str] = set()


@contextmanager
def absorbing_faults(run_id: str) -> Iterator[None]:
    """Keep a fault of storage inside from the code that logs to a run; the first of a series is told."""
    try:
        yield
    except StoreUnavailable as error:
        if run_id not in _faulty:
            notify(f"what is logged can't be stored now, and your code goes on without it. {error}", error)
        _faulty.add(run_id)
    else:
        _faulty.discard(run_id)


_log: RunLog = DirectLog()


def append(run_id: str, batch: Batch) -> None:
    if batch:
        _log.append(run_id, batch)


def write_out() -> None:
    """Return when all that this process logged can be read; what goes on in the background may come later."""
    _log.flush()


def flush() -> None:
    """Return when all that this process logged, and what goes on in the background, can be read from the store."""
    background.wait()
    _log.flush()
