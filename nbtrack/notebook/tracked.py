"""One execution of a tracked cell, from its start to its run's end."""

from __future__ import annotations

import time
from typing import Any

from nbtrack.autolog import AutologOptions
from nbtrack.autolog.attempts import Attempts
from nbtrack.autolog.listening import hold, release
from nbtrack.autolog.observation import add_observer, remove_observer, within
from nbtrack.entities import Batch, CellExecution, RunOrigin, tags
from nbtrack.lineage import bindings_of
from nbtrack.notebook.capture.figures import FigureCapture
from nbtrack.notebook.capture.git import GitLookup, GitState
from nbtrack.notebook.capture.output import OutputCapture
from nbtrack.notebook.capture.resources import ResourceMeter, Usage
from nbtrack.notebook.failure import failing_line
from nbtrack.notebook.observer import CellObserver
from nbtrack.notebook.options import TrackOptions
from nbtrack.notebook.recording import CellRecording
from nbtrack.tracking import end_run, log, log_bytes, log_text, outboxes
from nbtrack.tracking.active import create_active_run, status_after
from nbtrack.tracking.environment import record_environment
from nbtrack.tracking.failure import error_line
from nbtrack.tracking.interrupts import uninterrupted
from nbtrack.tracking.workspace import find_or_create_experiment

HOLDER = "tracked cell"


class TrackedCell:
    """Opens the run, listens while the cell executes, and has written down what it left behind."""

    def __init__(self, shell: Any, options: TrackOptions, source: str) -> None:
        start = time.perf_counter()
        self._shell = shell
        self._options = options
        self._source = source
        self._observer = CellObserver(AutologOptions(log_models=options.log_models, log_datasets=options.log_datasets))
        self._output = OutputCapture()
        self._figures = FigureCapture(shell)
        self._attempt = Attempts()
        self.run_id = self._open_run()
        self._git = GitLookup()
        add_observer(self._observer)
        hold(HOLDER)
        if options.log_output:
            self._output.start()
        if options.log_figures:
            self._figures.start()
        self._cost_s = time.perf_counter() - start
        self._meter = ResourceMeter()

    def stop(self) -> Usage:
        """Stop listening and measuring: the cell is over."""
        with uninterrupted():
            usage = self._meter.stop()
            self._stopped_at = time.perf_counter()
            remove_observer(self._observer)
            release(HOLDER)
            self._output.stop()
            self._figures.stop()
        return usage

    def finish(self, error: BaseException | None, execution: CellExecution) -> None:
        """Write everything down and end the run. Whatever fails here leaves the cell's own result alone."""
        run_id, attempt = self.run_id, self._attempt
        try:
            with attempt.recording(run_id, since=self._stopped_at, cost_s=self._cost_s):
                try:
                    with within():
                        self._write_down(error)
                finally:
                    # An interrupt may come while all that is looked at.
                    attempt(log.append, run_id, Batch(tags=self._closing_tags(error), cell=execution))
                    end_run(status_after(error), run_id=run_id)
        finally:
            end_run(status_after(error), run_id=run_id)
            outboxes.write_out(is_patient=False)

    def _write_down(self, error: BaseException | None) -> None:
        self._attempt(self._record, error)
        printed = self._output.text()
        if printed.strip():
            self._attempt(log_text, printed, "output.txt", self.run_id)
        for name, content in self._figures.figures:
            self._attempt(log_bytes, content, f"figures/{name}", self.run_id)
        self._attempt(record_environment, self.run_id)

    def _open_run(self) -> str:
        name = self._options.experiment
        run = create_active_run(
            name=self._options.name,
            experiment_id=find_or_create_experiment(name).experiment_id if name else None,
            tags=self._options.tags,
            origin=RunOrigin.CELL,
            log_system_metrics=self._options.log_system_metrics,
        )
        return run.info.run_id

    def _record(self, error: BaseException | None) -> None:
        recording = CellRecording(
            run_id=self.run_id,
            options=self._options,
            observer=self._observer,
            bindings=bindings_of(self._source),
            namespace=self._shell.user_ns,
            until_line=failing_line(error) if error is not None else None,
            attempt=self._attempt,
        )
        recording.write()

    def _closing_tags(self, error: BaseException | None) -> dict[str, str]:
        state, figure_count = self._git.tell(self._add_git_tags), len(self._figures.figures)
        return {
            **({tags.FIGURES: str(figure_count)} if figure_count else {}),
            **({tags.ERROR: error_line(error)} if error is not None else {}),
            **(_git_tags(state) if state is not None else {}),
        }

    def _add_git_tags(self, state: GitState) -> None:
        self._attempt(log.append, self.run_id, Batch(tags=_git_tags(state)))


def _git_tags(state: GitState) -> dict[str, str]:
    return {tags.GIT_COMMIT: state.commit, tags.GIT_DIRTY: str(state.is_dirty).lower()}
