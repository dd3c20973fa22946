"""The active run: which run a call without a run id is for."""

from __future__ import annotations

import atexit
import os
import uuid
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import replace
from typing import Any

from nbtrack.clock import now_ms
from nbtrack.entities import Batch, Lifecycle, NewRun, Run, RunData, RunInfo, RunOrigin, RunStatus
from nbtrack.entities import tags as tag_names
from nbtrack.errors import InvalidInput, InvalidState, NbtrackError, RunNotFound, StoreError
from nbtrack.store import RunQuery, quoted
from nbtrack.tracking import known_runs, log, opened, outboxes, session, system_metrics
from nbtrack.tracking.failure import error_line
from nbtrack.tracking.names import random_name
from nbtrack.tracking.notices import notify
from nbtrack.tracking.opened import ActiveRun, active_run
from nbtrack.tracking.workspace import current_experiment_id, current_store, remember_home, store_of

_last_run_id: ContextVar[str | None] = ContextVar("nbtrack_last_run", default=None)
_last_of_process: str | None = None


def start_run(
    run_id: str | None = None,
    experiment_id: str | None = None,
    run_name: str | None = None,
    nested: bool = False,
    parent_run_id: str | None = None,
    tags: Mapping[str, object] | None = None,
    description: str | None = None,
    log_system_metrics: bool | None = None,
) -> ActiveRun:
    """Open a run, or resume one by its id, and make it the active run.

    Inside another run's ``with`` block or a tracked cell the new run becomes its child. A run that an earlier
    ``start_run()`` left open is ended first: nothing here raises "already active".

    Parameters
    ----------
    run_id
        The run to resume; it becomes RUNNING again.
    experiment_id
        Default: the experiment of ``set_experiment``.
    run_name
        Default: a random readable name.
    nested
        Make it a child of the active run, whatever that is.
    parent_run_id
        Make it a child of this run.
    log_system_metrics
        Log what the machine does while the run is open; default: if ``enable_system_metrics_logging`` was called, or
        NBTRACK_ENABLE_SYSTEM_METRICS_LOGGING is true.

    Raises
    ------
    RunNotFound
        There is no run to resume.
    """
    if run_id is not None:
        resumed = _resume(run_id)
        _parent_for_new_run(nested)
        active = _activate(resumed, RunOrigin.MANUAL)
        system_metrics.begin(active.info.run_id, is_wanted=log_system_metrics, is_resumed=True)
        return active
    parent = _parent_for_new_run(nested)
    extra = {key: str(value) for key, value in (tags or {}).items()}
    if description is not None:
        extra[tag_names.NOTE] = description
    return create_active_run(
        name=run_name,
        experiment_id=experiment_id,
        parent_run_id=parent_run_id or (parent.info.run_id if parent else None),
        tags=extra,
        log_system_metrics=log_system_metrics,
    )


def create_active_run(
    *,
    name: str | None = None,
    experiment_id: str | None = None,
    parent_run_id: str | None = None,
    tags: Mapping[str, str] | None = None,
    origin: RunOrigin = RunOrigin.MANUAL,
    log_system_metrics: bool | None = None,
) -> ActiveRun:
    """Create a run and make it active, whichever run is active now."""
    new = new_run(name=name, experiment_id=experiment_id, parent_run_id=parent_run_id, tags=tags or {}, origin=origin)
    create_runs([new])
    # Other processes may be given its id now.
    outboxes.write_out(is_patient=False)
    active = _activate(_as_run(new), origin)
    system_metrics.begin(new.run_id, is_wanted=log_system_metrics)
    return active


def leave_run(run: ActiveRun, error: BaseException | None) -> None:
    """End a run whose ``with`` block is left; ``error`` is what leaves it, and must not be replaced."""
    if error is not None:
        batch = Batch(tags={tag_names.ERROR: error_line(error)})
        try:
            log.append(run.info.run_id, batch)
        except NbtrackError as refused:
            notify(f"the error of run {run.info.run_name} is not kept. {refused}", refused)
    end_run(status_after(error), run_id=run.info.run_id)


def enter_child(parent_run_id: str, tags: Mapping[str, str]) -> ActiveRun:
    """Create a run below an open one and make it active in this thread, in microseconds.

    Unlike `create_active_run`, it doesn't wait until other processes can see the run.
    """
    parent = opened.find(parent_run_id)
    child = new_run(
        name=None,
        experiment_id=parent.info.experiment_id if parent is not None else None,
        parent_run_id=parent_run_id,
        tags=tags,
        origin=RunOrigin.FIT,
    )
    log.append_runs([child])
    return _activate(_as_run(child), RunOrigin.FIT)


def leave_child(run: ActiveRun, batch: Batch | None = None, status: RunStatus | None = None) -> None:
    """Let a run that `enter_child` made be active no more, and end it if ``status`` says with what; ``batch`` with it.

    May be called twice: when its work is over, and when it is known what came of it.
    """
    opened.remove(run)
    if batch is not None:
        is_over: dict[str, Any] = {"status": status, "ended_at_ms": now_ms()} if status is not None else {}
        log.append(run.info.run_id, replace(batch, **is_over))


def create_runs(new_runs: Sequence[NewRun]) -> None:
    """Create runs together; the first is entered among those of the cell that is executing."""
    log.append_runs(new_runs)
    if session.current_cell is not None:
        session.current_cell.run_ids.append(new_runs[0].run_id)


def new_run(
    *,
    name: str | None,
    experiment_id: str | None,
    parent_run_id: str | None = None,
    tags: Mapping[str, str],
    origin: RunOrigin,
) -> NewRun:
    """Build the value of a run of this session, and of the cell that is executing, that starts now."""
    cell = session.current_cell
    run_name, user = name or random_name(), user_name()
    system = {tag_names.RUN_NAME: run_name, tag_names.USER: user} | (
        {tag_names.PARENT_RUN_ID: parent_run_id} if parent_run_id else {}
    )
    return NewRun(
        run_id=uuid.uuid4().hex,
        name=run_name,
        experiment_id=experiment_id or current_experiment_id(),
        started_at_ms=now_ms(),
        origin=origin,
        user=user,
        session_id=session.session_id(),
        parent_run_id=parent_run_id,
        group_id=cell.next_group_id() if cell else None,
        cell_id=cell.cell_id if cell else None,
        notebook=session.notebook_path,
        execution_count=cell.execution_count if cell else None,
        batch=Batch(tags={**system, **tags}, cell=session.execution_of(cell) if cell else None),
    )


def _as_run(new: NewRun) -> Run:
    """Return a run that was just made as the store would give it back."""
    info = RunInfo(
        run_id=new.run_id,
        run_name=new.name,
        experiment_id=new.experiment_id,
        status=new.status,
        start_time=new.started_at_ms,
        end_time=new.ended_at_ms,
        lifecycle_stage=Lifecycle.ACTIVE,
        artifact_uri=current_store().artifacts.uri(new.run_id),
        user_id=new.user,
    )
    return Run(info, RunData(tags=new.batch.tags))


def end_run(status: RunStatus | str = RunStatus.FINISHED, *, run_id: str | None = None) -> None:
    """End the active run of this context, or an open run by id; without one nothing happens."""
    end = _status(status)
    run = opened.find(run_id) if run_id else opened.of_context()
    if run is None:
        return
    system_metrics.end(run.info.run_id)
    opened.remove(run)
    try:
        log.append(run.info.run_id, Batch(status=end, ended_at_ms=now_ms()))
        # A model that is being saved in the background needs no open run, and may take seconds.
        outboxes.write_out(is_patient=False)
    except (StoreError, InvalidState, RunNotFound) as error:
        # Deleted meanwhile in the sidebar, or the disk is full: neither may break the code that ends the run.
        notify(f"run {run.info.run_name} could not be ended. {error}", error)


def forget_ended_runs() -> None:
    """Let go of open runs that were ended from elsewhere, in the sidebar for example, or deleted."""
    open_runs = opened.of_process()
    if not open_runs or not outboxes.write_out(is_patient=False):
        return  # of a store that is away nothing can be told
    for run in open_runs:
        try:
            info = store_of(run.info.run_id).runs.get(run.info.run_id).info
        except RunNotFound:
            opened.remove(run)
        except StoreError:
            continue  # the store is away for now; the run may well be open
        else:
            if info.status.is_terminal or info.lifecycle_stage is Lifecycle.DELETED:
                opened.remove(run)


def last_active_run() -> Run | None:
    """Return the active run, else the run that was last active, as the store has it now."""
    run = active_run()
    run_id = run.info.run_id if run else _last_run_id.get() or _last_of_process
    if run_id is None:
        return None
    log.flush()
    return store_of(run_id).runs.get(run_id)


def active_or_new_run() -> ActiveRun:
    """Return the active run, opening one if there is none."""
    return active_run() or start_run()


def remember_last(run_id: str) -> None:
    """Make a run that was never active, such as a fit's, the one that ``last_active_run`` returns."""
    global _last_of_process
    _last_of_process = run_id
    _last_run_id.set(run_id)


def find_run_named(name: str) -> Run | None:
    """Return the newest active run of this name in the store."""
    found = current_store().runs.search(RunQuery(filter=f"run_name = {quoted(name)}", max_results=1)).runs
    return found[0] if found else None


def user_name() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"  # a container may run under a uid that has no name


def _parent_for_new_run(nested: bool) -> ActiveRun | None:
    """Return the run that a new one becomes a child of, ending what was left open here."""
    if nested:
        return active_run()
    current = opened.of_context()
    if current is None:
        # In a worker thread of a tracked cell.
        return next((run for run in reversed(opened.of_process()) if run.origin is RunOrigin.CELL), None)
    is_left_open = not current.is_entered and current.origin is RunOrigin.MANUAL
    if not is_left_open or current.pid != os.getpid():
        return current
    end_run(run_id=current.info.run_id)
    return _parent_for_new_run(nested)


def _resume(run_id_or_name: str) -> Run:
    log.flush()
    store = current_store()
    try:
        run = store.runs.get(run_id_or_name)
    except RunNotFound:
        named = find_run_named(run_id_or_name)
        if named is None:
            raise
        run = named
    log.adopt(run.info.run_id)
    store.runs.log(run.info.run_id, Batch(status=RunStatus.RUNNING))
    return store.runs.get(run.info.run_id)


def _activate(run: Run, origin: RunOrigin) -> ActiveRun:
    active = ActiveRun(run, origin)
    opened.add(active)
    remember_home(run.info.run_id)
    known_runs.remember(run.info.run_id, run.data.params)
    remember_last(run.info.run_id)
    return active


def _status(status: RunStatus | str) -> RunStatus:
    try:
        return RunStatus(str(status))
    except ValueError:
        known = ", ".join(RunStatus.__members__)
        raise InvalidInput(f"There is no run status {status!r}; there are {known}.") from None


def status_after(error: BaseException | None) -> RunStatus:
    if error is None:
        return RunStatus.FINISHED
    return RunStatus.KILLED if isinstance(error, KeyboardInterrupt) else RunStatus.FAILED


@atexit.register
def _end_runs_at_exit() -> None:
    for run in reversed(opened.of_process()):
        end_run(run_id=run.info.run_id)
