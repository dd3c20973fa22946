"""What happens before and after each cell. Nothing here may break or slow a cell that is not tracked."""

from __future__ import annotations

import inspect
import os
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

from nbtrack.entities import Batch, CellExecution
from nbtrack.notebook.failure import traceback_text
from nbtrack.notebook.transform import options_of
from nbtrack.settings import FRONTEND_VARIABLE, SERVER_ROOT_VARIABLE
from nbtrack.tracking import session
from nbtrack.tracking.active import forget_ended_runs
from nbtrack.tracking.notices import notify

NOTEBOOK_VARIABLE = "JPY_SESSION_NAME"
MAX_WAIT_S = 20.0
MAX_CHIPS = 20


class CellHooks:
    """Tells the tracking layer which cell executes, and runs the tracked ones as runs."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._tracked: Any = None
        # Cells that wait for one that they execute themselves, with get_ipython().run_cell() or %rerun.
        self._outer: list[tuple[session.Cell, Any]] = []

    def pre_run_cell(self, info: Any) -> None:
        if info.silent:
            return
        if session.current_cell is not None:
            self._outer.append((session.current_cell, self._tracked))
            self._tracked = None
        self._forget_ended_runs()
        session.notebook_path = notebook_path()
        session.current_cell = session.Cell(
            source=info.raw_cell or "",
            cell_id=getattr(info, "cell_id", None),
            execution_count=execution_count(self._shell),
        )
        options = options_of(info.raw_cell or "")
        if options is not None:
            self._start(options, self._python_of(info))

    def join_executing_cell(self) -> None:
        """Take up the cell that is executing now: the one with the ``%load_ext``, which began unheard."""
        frame = inspect.currentframe()
        while frame is not None and frame.f_code.co_name != "run_cell_async":
            frame = frame.f_back
        given = frame.f_locals if frame is not None else {}
        if given.get("raw_cell") and not given.get("silent"):
            following = execution_count(self._shell)
            session.notebook_path = notebook_path()
            session.current_cell = session.Cell(
                source=given["raw_cell"],
                cell_id=given.get("cell_id"),
                execution_count=following - 1 if following and given.get("store_history") else None,
            )

    def post_run_cell(self, result: Any) -> None:
        cell, tracked = session.current_cell, self._tracked
        # A blank cell ends without having begun: that is not the end of one that executes it.
        if result.info.silent or cell is None or result.info.raw_cell != cell.source:
            return
        session.current_cell, self._tracked = self._outer.pop() if self._outer else (None, None)
        error = result.error_before_exec or result.error_in_exec
        if not cell.run_ids and tracked is None:
            return
        from nbtrack.autolog.observation import complain

        try:
            record_end(cell, tracked, error)
            show_chips(cell)
        except Exception as failure:  # noqa: BLE001 tracking must never break the user's cell
            complain(failure)
        except KeyboardInterrupt as interrupt:
            notify("the recording was interrupted; the run has what was written before.", interrupt)

    def _forget_ended_runs(self) -> None:
        from nbtrack.autolog.observation import complain

        try:
            forget_ended_runs()
        except Exception as failure:  # noqa: BLE001 tracking must never break the user's cell
            complain(failure)

    def _python_of(self, info: Any) -> str:
        """Return the cell as plain Python; older versions of IPython don't tell what they made of its magics."""
        known = getattr(info, "transformed_cell", None)
        try:
            return str(known if known is not None else self._shell.transform_cell(info.raw_cell))
        except SyntaxError:
            return ""  # the cell will not run either

    def _start(self, options: Any, source: str) -> None:
        from nbtrack.autolog.observation import complain
        from nbtrack.notebook.tracked import TrackedCell

        try:
            self._tracked = TrackedCell(self._shell, options, source)
        except Exception as failure:  # noqa: BLE001 without a store the cell still runs
            complain(failure)


def record_end(cell: session.Cell, tracked: Any, error: BaseException | None) -> None:
    """Write down that a cell is over, and what a tracked one left behind."""
    from nbtrack.tracking import log
    from nbtrack.tracking.workspace import store_of

    usage = tracked.stop() if tracked is not None else None
    execution = _finished(session.execution_of(cell), usage, error)
    if tracked is not None:
        tracked.finish(error, execution)
    # The runs of a store share the execution, and a tracked cell's run has brought it up to date.
    known = {store_of(tracked.run_id)} if tracked is not None else set()
    for run_id in cell.run_ids:
        store = store_of(run_id)
        if store not in known:
            known.add(store)
            log.append(run_id, Batch(cell=execution))


def _finished(execution: CellExecution, usage: Any, error: BaseException | None) -> CellExecution:
    from nbtrack.tracking.failure import error_line

    return replace(
        execution,
        status="ok" if error is None else "error",
        wall_ms=usage.wall_ms if usage else None,
        cpu_ms=usage.cpu_ms if usage else None,
        peak_memory_bytes=usage.peak_memory_bytes if usage else None,
        error=None if error is None else error_line(error),
        traceback=None if error is None else traceback_text(error),
    )


def execution_count(shell: Any) -> int | None:
    """Return the number of the cell that is about to execute.

    The shell's own counter is ahead by one at this moment in newer versions of IPython, and not in older ones.
    """
    history = getattr(shell, "history_manager", None)
    return len(history.input_hist_parsed) if history is not None else None


def notebook_path() -> str | None:
    """Return the notebook's path relative to the server's root, or its bare name; None outside a notebook.

    Stores hold no absolute paths: they move.
    """
    name = os.environ.get(NOTEBOOK_VARIABLE)
    if not name:
        return None
    root = os.environ.get(SERVER_ROOT_VARIABLE)
    if root and Path(name).is_relative_to(root):
        return Path(name).relative_to(root).as_posix()
    return Path(name).name


def show_chips(cell: session.Cell) -> None:
    """Print a line for each run where no frontend shows chips."""
    if cell.cell_id is not None and os.environ.get(FRONTEND_VARIABLE) == "lab":
        return
    from nbtrack.notebook.chip import chip_text
    from nbtrack.tracking import background, outboxes
    from nbtrack.tracking.workspace import store_of

    # A chip in a frontend grows when a model has been saved; a line is printed once.
    background.wait(MAX_WAIT_S)
    if not outboxes.write_out(is_patient=False):
        return  # the store is away, which is told elsewhere
    for store, run_ids in groupby(cell.run_ids[-MAX_CHIPS:], store_of):
        for summary in store.runs.summaries_of(list(run_ids)):
            print(chip_text(summary))  # noqa: T201 the user's notebook is where it belongs
    if len(cell.run_ids) > MAX_CHIPS:
        print(f"● {len(cell.run_ids)} runs in all; %runs lists them")  # noqa: T201
