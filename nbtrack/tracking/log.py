"""The one way by which what is recorded of a run reaches the store.

Everything that logs goes through ``append``. Mistakes of the caller raise there; what it takes is safe in the outbox
and reaches the store in the background.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace

from nbtrack.entities import Batch, Lifecycle, Metric, NewRun
from nbtrack.errors import InvalidState, StoreUnavailable
from nbtrack.limits import check_batch, check_name
from nbtrack.store import DEFAULT_EXPERIMENT_ID, Store
from nbtrack.tracking import assumed, background, known_runs, opened, outboxes, session
from nbtrack.tracking.gathering import gathered
from nbtrack.tracking.known_runs import known_run, remembered
from nbtrack.tracking.notices import notify
from nbtrack.tracking.workspace import current_store, remember_home, store_of

# Runs to which the last attempt to write something other than what is logged failed.
_faulty: set[str] = set()
_made_here: set[str] = set()


@contextmanager
def absorbing_faults(run_id: str) -> Iterator[None]:
    """Keep a fault of storage inside from the code that writes to a run; the first of a series is told."""
    try:
        yield
    except StoreUnavailable as error:
        tell_fault(run_id, error)
    else:
        _faulty.discard(run_id)


def tell_fault(run_id: str, error: StoreUnavailable) -> None:
    """Tell the first of a series of faults by which something of a run is lost."""
    if run_id not in _faulty:
        notify(f"something of the run can't be stored, and your code goes on without it. {error}", error)
    _faulty.add(run_id)


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
        check_name(new.name, "run")
        check_batch(new.batch)
    new_runs = [_placed(new, store) for new in new_runs]
    outboxes.outbox_of(store).append_runs(new_runs, session=session.unrecorded_in(store))
    for new in new_runs:
        _made_here.add(new.run_id)
        remember_home(new.run_id)
        known_runs.remember(new.run_id, new.batch.params)


def is_made_here(run_id: str) -> bool:
    """Tell whether this process made a run, so that nobody wrote to it before."""
    return run_id in _made_here


def adopt(run_id: str) -> None:
    """Make a run one of this process: it lives as long as this does, whoever began it.

    Raises
    ------
    StoreUnavailable
    """
    store = store_of(run_id)
    outboxes.outbox_of(store).attend(session.current())
    store.sessions.adopt(session.current(), run_id)


def _placed(new: NewRun, store: Store) -> NewRun:
    """Return a new run with the place of its artifacts, which its experiment says."""
    location = None
    name = assumed.name_of(new.experiment_id)
    if name is not None:
        new = replace(new, experiment_name=name)
    elif new.experiment_id != DEFAULT_EXPERIMENT_ID:
        with suppress(StoreUnavailable):  # it will be told when the store is back
            experiment = store.experiments.get(new.experiment_id)
            if experiment.lifecycle_stage is Lifecycle.DELETED:
                raise InvalidState(f"Experiment {new.experiment_id} is deleted. Restore it before making runs in it.")
            location = experiment.artifact_location
    return replace(new, artifact_uri=store.artifacts.settle(new.run_id, location))


def append(run_id: str, batch: Batch) -> None:
    if not batch:
        return
    gathering = gathered()
    if gathering is not None and gathering.run_id == run_id:
        gathering.batches.append(batch)
    else:
        known_run(run_id).append(batch)
    run = opened.find(run_id)
    if run is not None:
        run.note(batch)


def append_point(run_id: str, key: str, value: float, step: int, at_ms: int) -> None:
    """Append one point of a metric: the call that training loops make millions of times."""
    if gathered() is not None:
        append(run_id, Batch((Metric(key, value, at_ms, step),)))
    elif (remembered(run_id) or known_run(run_id)).outbox.append_point(run_id, key, value, step, at_ms):
        run = opened.find(run_id)
        if run is not None:
            run.note(Batch((Metric(key, value, at_ms, step),)))


def append_points(run_id: str, values: Mapping[str, float], step: int, at_ms: int) -> None:
    """Append a point of each of several metrics, all or none: what training loops call in every iteration."""
    if gathered() is not None:
        append(run_id, _batch_of(values, step, at_ms))
    elif (remembered(run_id) or known_run(run_id)).outbox.append_points(run_id, values, step, at_ms):
        run = opened.find(run_id)
        if run is not None:
            run.note(_batch_of(values, step, at_ms))


def _batch_of(values: Mapping[str, float], step: int, at_ms: int) -> Batch:
    return Batch(tuple([Metric(key, value, at_ms, step) for key, value in values.items()]))


def flush() -> None:
    """Return when all that this process logged, and what goes on in the background, can be read from the store.

    So can what its workers left that are gone.
    """
    background.wait()
    gathering = gathered()
    if gathering is not None:
        gathering.write()
    outboxes.write_out()
    outboxes.take_what_workers_left()
    outboxes.upload_files()
