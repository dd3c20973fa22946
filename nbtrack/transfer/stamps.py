"""Remembering which runs came whole, and how they were at their source: they need not be read again as long as they
are the same there, and have not changed here."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from nbtrack.store import RecordStore
from nbtrack.transfer.report import Report
from nbtrack.transfer.source import SourceRun

_FORM = 1
"""Of stamps, and of what is imported; a change that brings more of a run raises it."""
_BARE = ":bare"
"""Ends the stamp of a run that came without its files."""


def stamp_of(*parts: object) -> str:
    """Return what tells whether any of the parts, plain values, has changed."""
    return hashlib.sha256(repr((_FORM, *parts)).encode("utf-8", "surrogatepass")).hexdigest()


class Stamps:
    """Notes which runs of an experiment come whole, and remembers those when all of the experiment has come.

    Parameters
    ----------
    is_recheck
        Whether what was remembered is ignored.
    """

    def __init__(self, records: RecordStore, report: Report, *, with_artifacts: bool, is_recheck: bool) -> None:
        self._records, self._report = records, report
        self._with_artifacts, self._is_recheck = with_artifacts, is_recheck
        self._of_runs: dict[str, str] = {}
        self._not_whole: set[str] = set()

    def of(self, experiment_id: str) -> Mapping[str, str]:
        """Return the stamps of the runs that came before, with all that is wanted now."""
        if self._is_recheck:
            return {}
        found = self._records.stamps(experiment_id)
        if self._with_artifacts:
            return found
        return {run_id: stamp.removesuffix(_BARE) for run_id, stamp in found.items()}

    @contextmanager
    def watching(self, run: SourceRun) -> Iterator[None]:
        """Note that a run comes, and whether all of what comes inside does."""
        if run.stamp is not None:
            self._of_runs[run.record.run_id] = run.stamp
        with self.watching_id(run.record.run_id):
            yield

    @contextmanager
    def watching_id(self, run_id: str | None) -> Iterator[None]:
        """Note whether all of what comes inside does, which belongs to a run."""
        remarks, is_whole = self._report.remarks, False
        try:
            yield
            is_whole = self._report.remarks == remarks
        finally:
            if not is_whole and run_id is not None:
                self._not_whole.add(run_id)

    def write(self) -> None:
        """Remember the runs that came whole. What belongs to them, such as models, has come by now."""
        suffix = "" if self._with_artifacts else _BARE
        whole = {run_id: f"{stamp}{suffix}" for run_id, stamp in self._of_runs.items() if run_id not in self._not_whole}
        if whole and not self._report.is_dry_run:
            self._records.write_stamps(whole)
        self._of_runs, self._not_whole = {}, set()
