from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from nbtrack.entities import Experiment, RegisteredModel
from nbtrack.errors import InvalidInput
from nbtrack.transfer.destination import Destination
from nbtrack.transfer.report import Report, reporting
from nbtrack.transfer.settled import Settled
from nbtrack.transfer.source import Source, SourceModel, SourceRun

RUNS_AT_ONCE = 100


@dataclass(frozen=True)
class Choice:
    """What is to be copied; everything, if nothing is said.

    Registered models come with those of their versions whose run or model was chosen.
    """

    experiments: tuple[str, ...] = ()
    """Names."""
    run_ids: frozenset[str] | None = None
    since_ms: int | None = None
    """Only runs that started then or later."""

    @property
    def is_everything(self) -> bool:
        return not self.experiments and self.run_ids is None and self.since_ms is None

    def has(self, run: SourceRun) -> bool:
        new = run.record.new
        is_recent = self.since_ms is None or new.started_at_ms >= self.since_ms
        return is_recent and (self.run_ids is None or new.run_id in self.run_ids)


EVERYTHING = Choice()

OnProgress = Callable[[int, int], None]
"""Told how many runs were looked at, of how many."""


def no_progress(_done: int, _total: int) -> None:
    """Tell nobody."""


def copy(
    source: Source,
    open_destination: Callable[[], Destination],
    report: Report,
    *,
    choice: Choice,
    on_progress: OnProgress = no_progress,
) -> None:
    """Copy what was chosen. What is there already stays; what can't be copied is in the report.

    The destination is opened when the source has told its experiments: one that can't be read leaves nothing behind.

    Raises
    ------
    InvalidInput
        The source has no experiment of a chosen name.
    StoreUnavailable
        The destination takes nothing more; what was copied is kept, and copying again goes on from there.
    """
    copied: set[str] = set()
    is_selective = choice.run_ids is not None or choice.since_ms is not None
    experiments = _chosen(source, choice)
    destination = open_destination()
    progress = _Progress(on_progress, sum(source.run_count(experiment) for experiment in experiments))
    for experiment in experiments:
        with reporting(report, "experiment", experiment.name):
            destination.experiment(experiment)
            # Whether a run was chosen is told by what is read of it.
            settled = Settled(report) if is_selective else destination.settled(experiment)
            chosen = (run for run in progress.over(source.runs(experiment, settled), settled) if choice.has(run))
            for runs in _groups(chosen):
                copied.update(run.record.new.run_id for run in runs)
                destination.runs(runs)
            copied |= settled.unchanged_runs
            for model in source.models(experiment, settled):
                if choice.is_everything or _is_of(copied, model):
                    copied.add(model.model.model_id)
                    with reporting(report, "model", model.model.model_id):
                        destination.model(model)
            copied |= settled.unchanged_models
    for registered in source.registered_models():
        kept = registered if choice.is_everything else _with_versions_of(registered, copied)
        if kept is not None:
            with reporting(report, "registered model", registered.name):
                destination.registered_model(kept)
    destination.finish()


def _chosen(source: Source, choice: Choice) -> Sequence[Experiment]:
    found = source.experiments()
    names = {experiment.name for experiment in found}
    missing = [name for name in choice.experiments if name not in names]
    if missing:
        known = ", ".join(repr(name) for name in sorted(names)[:10])
        raise InvalidInput(f"{source.name} has no experiment {missing[0]!r}; it has {known or 'none'}.")
    return [experiment for experiment in found if not choice.experiments or experiment.name in choice.experiments]


class _Progress:
    def __init__(self, on_progress: OnProgress, total: int) -> None:
        self._on_progress, self._done, self._total = on_progress, 0, total

    def over(self, runs: Iterator[SourceRun], settled: Settled) -> Iterator[SourceRun]:
        for run in runs:
            yield run
            self._done += 1
            self._on_progress(self._done + len(settled.unchanged_runs), self._total)
        self._done += len(settled.unchanged_runs)
        self._on_progress(self._done, self._total)


def _groups(runs: Iterator[SourceRun]) -> Iterator[list[SourceRun]]:
    while group := list(islice(runs, RUNS_AT_ONCE)):
        yield group


def _is_of(run_ids: set[str], model: SourceModel) -> bool:
    return model.model.run_id in run_ids


def _with_versions_of(model: RegisteredModel, copied: set[str]) -> RegisteredModel | None:
    kept = tuple(version for version in model.versions if copied & {version.run_id, version.model_id})
    return replace(model, versions=kept) if kept else None
