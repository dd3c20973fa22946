"""The one way by which what is recorded of a run reaches the store.

Everything that logs goes through ``append``; what is behind it may write at once or later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from typing import Protocol

from nbtrack.entities import Batch
from nbtrack.errors import NbtrackError, ParamConflict, RunNotFound, StoreUnavailable
from nbtrack.tracking import background, opened
from nbtrack.tracking.interrupts import uninterrupted
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


class _Gathered:
    """Batches of one run that wait to be written together."""

    def __init__(self, run_id: str, attempt: Callable[..., None]) -> None:
        self.run_id = run_id
        self.batches: list[Batch] = []
        self._attempt = attempt

    def write(self) -> None:
        batches, self.batches = self.batches, []
        if not batches:
            return
        with uninterrupted():
            try:
                _log.append(self.run_id, _merged(batches))
            except NbtrackError:
                # Something in it is refused; the rest is not to suffer from that.
                for batch in batches:
                    for part in _parts(batch):
                        self._attempt(_log.append, self.run_id, part)


_gathered: ContextVar[_Gathered | None] = ContextVar("nbtrack_gathered", default=None)


@contextmanager
def gathering(run_id: str, attempt: Callable[..., None]) -> Iterator[None]:
    """Write what is appended to one run inside, in this thread, as one batch at the end, even after an error.

    If that is refused, each part is written by itself, through ``attempt``, which is called with what to do and its
    arguments and keeps what that raises. Inside another gathering of the run nothing changes.
    """
    outer = _gathered.get()
    if outer is not None and outer.run_id == run_id:
        yield
        return
    gathered = _Gathered(run_id, attempt)
    token = _gathered.set(gathered)
    with background.holding_back():
        try:
            yield
        finally:
            _gathered.reset(token)
            gathered.write()


def append(run_id: str, batch: Batch) -> None:
    if not batch:
        return
    gathered = _gathered.get()
    if gathered is not None and gathered.run_id == run_id:
        gathered.batches.append(batch)
    else:
        _log.append(run_id, batch)
    run = opened.find(run_id)
    if run is not None:
        run.note(batch)


def write_out() -> None:
    """Return when what was appended can be read, unless it is being gathered; the background may be at work still."""
    _log.flush()


def flush() -> None:
    """Return when all that this process logged, and what goes on in the background, can be read from the store."""
    background.wait()
    gathered = _gathered.get()
    if gathered is not None:
        gathered.write()
    _log.flush()


def _parts(batch: Batch) -> Iterator[Batch]:
    """Split what a batch adds into the smallest batches that can be refused by themselves."""
    yield from (Batch(params={key: value}) for key, value in batch.params.items())
    yield from (Batch(tags={key: value}) for key, value in batch.tags.items())
    yield from (Batch((point,)) for point in batch.metrics)
    rest = replace(batch, metrics=(), params={}, tags={})
    if rest:
        yield rest


def _merged(batches: Sequence[Batch]) -> Batch:
    """Return one batch that adds what all of them add, in their order."""
    whole = batches[0]
    for batch in batches[1:]:
        for key, value in batch.params.items():
            if whole.params.get(key, value) != value:
                raise ParamConflict(key, whole.params[key], value, "")
        whole = replace(
            whole,
            metrics=whole.metrics + batch.metrics,
            params={**whole.params, **batch.params},
            tags={**whole.tags, **batch.tags},
            inputs=whole.inputs + batch.inputs,
            models=whole.models + batch.models,
            environment=batch.environment or whole.environment,
            cell=batch.cell or whole.cell,
            status=batch.status or whole.status,
            ended_at_ms=batch.ended_at_ms if batch.status else whole.ended_at_ms,
        )
    return whole
