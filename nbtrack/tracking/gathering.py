"""Writing what is logged to a run within a stretch of code as one batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace

from nbtrack.entities import Batch
from nbtrack.errors import NbtrackError
from nbtrack.store import merged
from nbtrack.tracking import background
from nbtrack.tracking.interrupts import uninterrupted
from nbtrack.tracking.known_runs import known_run


class Gathered:
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
                known_run(self.run_id).append(merged(batches, self.run_id))
            except NbtrackError:
                # Something in it is refused; the rest is not to suffer from that.
                for batch in batches:
                    for part in _parts(batch):
                        self._attempt(lambda part: known_run(self.run_id).append(part), part)


_gathered: ContextVar[Gathered | None] = ContextVar("nbtrack_gathered", default=None)

gathered = _gathered.get
"""Return what gathers in this context; None if nothing does."""


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
    inner = Gathered(run_id, attempt)
    token = _gathered.set(inner)
    with background.holding_back():
        try:
            yield
        finally:
            _gathered.reset(token)
            inner.write()


def _parts(batch: Batch) -> Iterator[Batch]:
    """Split what a batch adds into the smallest batches that can be refused by themselves."""
    yield from (Batch(params={key: value}) for key, value in batch.params.items())
    yield from (Batch(tags={key: value}) for key, value in batch.tags.items())
    yield from (Batch((point,)) for point in batch.metrics)
    rest = replace(batch, metrics=(), params={}, tags={})
    if rest:
        yield rest
