"""Runs and experiments as they are, deleted ones too: what import, export and merge read and write."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from nbtrack.entities import Batch, CellExecution, Experiment, Lifecycle, LoggedModel, ModelVersion, NewRun, Session
from nbtrack.store.protocol import PointRow, Series

Stretch = tuple[str, Sequence[PointRow]]
"""A metric's key and some of its points, in the order of logging."""


@dataclass(frozen=True)
class RunRecord:
    """A run as another store knows it. Its batch holds everything but points, cells and logged models.

    ``attempt`` is None where nobody counted. The store then does, as it does where another run of the group has that
    number.
    """

    new: NewRun
    lifecycle: Lifecycle = Lifecycle.ACTIVE
    attempt: int | None = None
    cells: tuple[CellExecution, ...] = ()
    sessions: tuple[Session, ...] = ()
    """Those that the run and its cells belong to."""

    @property
    def run_id(self) -> str:
        return self.new.run_id


@dataclass(frozen=True)
class Arrival:
    """What comes from elsewhere and is written together: sessions, new runs, additions to runs, then points."""

    sessions: Sequence[Session] = ()
    records: Sequence[RunRecord] = ()
    additions: Sequence[tuple[str, Batch]] = ()
    points: Mapping[Series, Sequence[PointRow]] = field(default_factory=dict)


class RecordStore(Protocol):
    """Keeps identity, times and lifecycle, where logging gives new ones."""

    def write_experiment(self, experiment: Experiment) -> None:
        """Write an experiment under its own id, which is not in use here."""
        ...

    def write(self, arrival: Arrival) -> None:
        """Write all of it or nothing; deleted runs take additions too."""
        ...

    def write_model(self, model: LoggedModel) -> None:
        """Write a logged model with all that it carries; its run and experiment are there already."""
        ...

    def write_version(self, version: ModelVersion) -> ModelVersion:
        """Write a version of a registered model that is there; it keeps its number if that is free."""
        ...

    def stamps(self, experiment_id: str) -> Mapping[str, str]:
        """Read the stamps of the runs of an experiment that came from elsewhere and have not changed here since."""
        ...

    def write_stamps(self, stamps: Mapping[str, str]) -> None:
        """Note that runs came from elsewhere whole, by their ids; a stamp says how they are there."""
        ...

    def run_count(self, experiment_id: str) -> int:
        """Count the runs of an experiment, deleted ones too."""
        ...

    def models(self, experiment_id: str) -> Sequence[LoggedModel]:
        """Read the logged models of an experiment."""
        ...

    def page(self, experiment_id: str, *, after: str = "", limit: int = 200) -> Sequence[RunRecord]:
        """Read runs of an experiment by their ids, those that come behind ``after``."""
        ...

    def of(self, run_ids: Sequence[str]) -> Mapping[str, RunRecord]:
        """Read those of the runs that are there."""
        ...

    def points(self, run_id: str, key: str | None = None) -> Generator[Stretch]:
        """Read a run's points, key by key. Exhaust or close it before writing to the same store."""
        ...

    def point_counts(self, run_ids: Sequence[str]) -> Mapping[str, int]:
        """Count the points of those of the runs that have some."""
        ...

    def points_of(self, run_ids: Sequence[str]) -> dict[str, Mapping[str, Sequence[PointRow]]]:
        """Read all points of runs at once: of each run, by the metric's key, in the order of logging."""
        ...
