"""The runs of this process that are open, and which of them is meant where no run is named."""

from __future__ import annotations

import os
import sys
import threading
import weakref
from collections.abc import Set
from contextvars import ContextVar
from types import TracebackType
from typing import TYPE_CHECKING, Any

from nbtrack.entities import Batch, Run, RunOrigin

if TYPE_CHECKING:
    import asyncio

# Runs opened in this context (task or thread), innermost last.
_entered: ContextVar[tuple[str, ...]] = ContextVar("nbtrack_entered_runs", default=())
# In the order of opening.
_open: dict[str, ActiveRun] = {}


class ActiveRun:
    """A run that is open; leaving its ``with`` block ends it, as FAILED when an exception leaves the block.

    ``info``, ``data`` and ``inputs`` are those of the moment when it was opened.
    """

    def __init__(self, run: Run, origin: RunOrigin) -> None:
        self.info = run.info
        self.data = run.data
        self.inputs = run.inputs
        self.origin = origin
        self.pid = os.getpid()
        self.thread = threading.get_ident()
        self.is_entered = False
        self._keys = (set(run.data.params), set(run.data.metrics))
        task = _current_task()
        self._task = weakref.ref(task) if task is not None else None

    @property
    def logged_params(self) -> Set[str]:
        """Keys of the params that the run had when it was opened, and that this process logged since."""
        return self._keys[0]

    @property
    def logged_metrics(self) -> Set[str]:
        """Keys of the metrics, likewise."""
        return self._keys[1]

    def note(self, batch: Batch) -> None:
        """Remember what is logged."""
        params, metrics = self._keys
        params.update(batch.params)
        metrics.update([point.key for point in batch.metrics])

    def __repr__(self) -> str:
        return f"<ActiveRun {self.info.run_name} ({self.info.run_id})>"

    def __enter__(self) -> ActiveRun:
        self.is_entered = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        from nbtrack.tracking.active import leave_run

        leave_run(self, error)

    @property
    def is_of_other_task(self) -> bool:
        """Whether a task that still goes on, other than the current one, opened it."""
        task = self._task() if self._task is not None else None
        return task is not None and not task.done() and task is not _current_task()


def add(run: ActiveRun) -> None:
    _open[run.info.run_id] = run
    _entered.set((*_entered.get(), run.info.run_id))


def remove(run: ActiveRun) -> None:
    _open.pop(run.info.run_id, None)
    _entered.set(tuple(run_id for run_id in _entered.get() if run_id != run.info.run_id))


def find(run_id: str) -> ActiveRun | None:
    return _open.get(run_id)


def of_process() -> list[ActiveRun]:
    """Return the open runs that this process opened, oldest first; a forked child knows its parent's too."""
    return [run for run in list(_open.values()) if run.pid == os.getpid()]


def of_context() -> ActiveRun | None:
    """Return the innermost run that is open in this context: this thread, this task.

    A kernel may run each cell in a context of its own: what the thread opened before still counts, unless a task
    that still goes on did.
    """
    for run_id in reversed(_entered.get()):
        if run_id in _open:
            return _open[run_id]
    here = threading.get_ident()
    return _newest(run for run in of_process() if run.thread == here and not run.is_of_other_task)


def active_run() -> ActiveRun | None:
    """Return the run that a call without a run id is for.

    It is the innermost open run of this context. A worker thread that has none logs to the newest run of the main
    thread.
    """
    run = of_context()
    if run is not None or threading.current_thread() is threading.main_thread():
        return run
    main = threading.main_thread().ident
    return _newest(run for run in of_process() if run.thread == main)


def _newest(runs: Any) -> ActiveRun | None:
    return next(reversed(list(runs)), None)


def _current_task() -> asyncio.Task[Any] | None:
    if "asyncio" not in sys.modules:
        return None
    import asyncio  # who has no loop need not wait for it

    try:
        return asyncio.current_task()
    except RuntimeError:
        return None  # no loop runs in this thread
