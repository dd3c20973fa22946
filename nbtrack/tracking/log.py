"""The one way by which what is recorded of a run reaches the store.

Everything that logs goes through ``append``. Mistakes of the caller raise there; what it takes is safe in the outbox
and reaches the store in the background.
"""

from __future__ import annotations

import atexit
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import replace

from nbtrack.entities import Batch, Lifecycle, Metric, NewRun
from nbtrack.errors import InvalidState, NbtrackError, ParamConflict, StoreUnavailable
from nbtrack.limits import check_batch, check_name
from nbtrack.outbox import Outbox, OutboxStatus, recover
from nbtrack.store import DEFAULT_EXPERIMENT_ID, Delivery, Store, merged
from nbtrack.tracking import background, opened, session
from nbtrack.tracking.interrupts import uninterrupted
from nbtrack.tracking.notices import notify
from nbtrack.tracking.workspace import current_store, is_store_open, remember_home, store_of

MAX_KNOWN_RUNS = 10_000
MAX_TOLD = 1_000
MAX_FLUSH_S = 10.0
"""How long a reader waits for what was logged."""
MAX_PAUSE_S = 1.0
"""How long a run that begins or ends waits for it; a store that is away must not stop anybody's work."""


# Runs to which the last attempt to write something other than what is logged failed.
_faulty: set[str] = set()


@contextmanager
def absorbing_faults(run_id: str) -> Iterator[None]:
    """Keep a fault of storage inside from the code that writes to a run; the first of a series is told."""
    try:
        yield
    except StoreUnavailable as error:
        if run_id not in _faulty:
            notify(f"something of the run can't be stored, and your code goes on without it. {error}", error)
        _faulty.add(run_id)
    else:
        _faulty.discard(run_id)


class _Known:
    """What this process knows of a run, so that mistakes are told at once: that it is there, and its params."""

    def __init__(self, outbox: Outbox, params: Mapping[str, str]) -> None:
        self.outbox = outbox
        self.params = dict(params)


_known: dict[str, _Known] = {}
_outboxes: dict[Store, Outbox] = {}


def _outbox_of(store: Store) -> Outbox:
    outbox = _outboxes.get(store)
    if outbox is None:
        for gone in [other for other in list(_outboxes) if not other.is_there()]:
            _outboxes.pop(gone).abandon()
        # The first of several threads wins; an outbox that nothing was appended to is nothing.
        outbox = _outboxes.setdefault(store, Outbox(store, on_fault=_tell_fault))
    return outbox


# What was refused is told once: a loop may log to a deleted run at every step.
_told: set[str] = set()


def _tell_fault(message: str, error: BaseException) -> None:
    if isinstance(error, (StoreUnavailable, OSError)):
        message = f"what is logged can't be stored now; your code goes on, and it is kept until it can. {message}"
    elif message in _told:
        return
    elif len(_told) < MAX_TOLD:
        _told.add(message)
    notify(message, error)


def _known_run(run_id: str) -> _Known:
    """Return what is known of a run, asking the store about one that this process did not make.

    Raises
    ------
    RunNotFound
        There is no such run.
    InvalidState
        It is deleted.
    """
    known = _known.get(run_id)
    if known is not None:
        return known
    store = store_of(run_id)
    try:
        run = store.runs.get(run_id)
        if run.info.lifecycle_stage is Lifecycle.DELETED:
            store.runs.check(Delivery("", 0, 0, batches=[(run_id, Batch())]))  # raises
    except StoreUnavailable:
        return _Known(_outbox_of(store), {})  # the store is away: what is wrong will be told when it is back
    known = _known[run_id] = _Known(_outbox_of(store), run.data.params)
    return known


def remember(run_id: str, params: Mapping[str, str]) -> None:
    """Note a run that this process has just made or opened, with its params."""
    _remember(run_id, _Known(_outbox_of(store_of(run_id)), params))


def _remember(run_id: str, known: _Known) -> None:
    _known[run_id] = known
    while len(_known) > MAX_KNOWN_RUNS:
        _known.pop(next(iter(_known)), None)  # the store will tell of it again


def _append(run_id: str, batch: Batch) -> None:
    known = _known_run(run_id)
    check_batch(batch)
    for key, value in batch.params.items():
        if known.params.get(key, value) != value:
            raise ParamConflict(key, known.params[key], value, run_id)
    known.outbox.append(run_id, batch)
    known.params.update(batch.params)


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
                _append(self.run_id, merged(batches, self.run_id))
            except NbtrackError:
                # Something in it is refused; the rest is not to suffer from that.
                for batch in batches:
                    for part in _parts(batch):
                        self._attempt(_append, self.run_id, part)


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


def append_runs(new_runs: Sequence[NewRun]) -> None:
    """Create runs together, in the store that is open.

    Raises
    ------
    ExperimentNotFound, InvalidState
        There is no such experiment, or it is deleted.
    InvalidName
        A name, key or value that can't be kept.
    """
    store = current_store()
    for new in new_runs:
        _check_experiment(store, new.experiment_id)
        check_name(new.name, "run")
        check_batch(new.batch)
    outbox = _outbox_of(store)
    outbox.append_runs(new_runs, session=session.unrecorded_in(store))
    for new in new_runs:
        remember_home(new.run_id)
        _remember(new.run_id, _Known(outbox, new.batch.params))


def _check_experiment(store: Store, experiment_id: str) -> None:
    if experiment_id == DEFAULT_EXPERIMENT_ID:
        return
    with suppress(StoreUnavailable):  # it will be told when the store is back
        experiment = store.experiments.get(experiment_id)
        if experiment.lifecycle_stage is Lifecycle.DELETED:
            raise InvalidState(f"Experiment {experiment_id} is deleted. Restore it before making runs in it.")


def append(run_id: str, batch: Batch) -> None:
    if not batch:
        return
    gathered = _gathered.get()
    if gathered is not None and gathered.run_id == run_id:
        gathered.batches.append(batch)
    else:
        _append(run_id, batch)
    run = opened.find(run_id)
    if run is not None:
        run.note(batch)


def append_point(run_id: str, key: str, value: float, step: int, at_ms: int) -> None:
    """Append one point of a metric: the call that training loops make millions of times."""
    if _gathered.get() is not None:
        append(run_id, Batch((Metric(key, value, at_ms, step),)))
        return
    known = _known.get(run_id) or _known_run(run_id)
    if known.outbox.append_point(run_id, key, value, step, at_ms):
        run = opened.find(run_id)
        if run is not None:
            run.note(Batch((Metric(key, value, at_ms, step),)))


def write_out(*, is_patient: bool = True) -> bool:
    """Return when what was appended can be read, or can't be stored now; tell which.

    What is being gathered, or goes on in the background, comes later. Without patience, a store that is known to be
    away is not tried again.
    """
    limit_s = MAX_FLUSH_S if is_patient else MAX_PAUSE_S
    stored = [outbox.flush(limit_s, is_patient=is_patient) for outbox in list(_outboxes.values())]
    return all(stored)


def outbox_status() -> OutboxStatus | None:
    """Tell how far what this process logged to the open store has got to; None if it logged nothing."""
    outbox = _outboxes.get(current_store()) if is_store_open() else None
    return None if outbox is None else outbox.status()


def flush() -> None:
    """Return when all that this process logged, and what goes on in the background, can be read from the store.

    So can what its workers left that are gone: a process of ``multiprocessing`` ends without a last delivery.
    """
    background.wait()
    gathered = _gathered.get()
    if gathered is not None:
        gathered.write()
    write_out()
    for store in list(_outboxes):
        with suppress(StoreUnavailable):  # whoever reads hears of it
            recover(store, notify)


@atexit.register
def _close_outboxes() -> None:
    for outbox in list(_outboxes.values()):
        outbox.close()


def _parts(batch: Batch) -> Iterator[Batch]:
    """Split what a batch adds into the smallest batches that can be refused by themselves."""
    yield from (Batch(params={key: value}) for key, value in batch.params.items())
    yield from (Batch(tags={key: value}) for key, value in batch.tags.items())
    yield from (Batch((point,)) for point in batch.metrics)
    rest = replace(batch, metrics=(), params={}, tags={})
    if rest:
        yield rest
