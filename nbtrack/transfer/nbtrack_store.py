from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from nbtrack.entities import Experiment, LoggedModel, RegisteredModel
from nbtrack.store import ArtifactStore, RecordStore, RunRecord, Store
from nbtrack.transfer.settled import Settled
from nbtrack.transfer.source import SourceFile, SourceModel, SourceRun
from nbtrack.transfer.stamps import stamp_of

PAGE_RUNS = 200


class NbtrackStore:
    """A store of nbtrack; ``is_own`` says that closing the source closes the store."""

    def __init__(self, store: Store, records: RecordStore, *, is_own: bool) -> None:
        self.name = store.uri
        self._store, self._records, self._is_own = store, records, is_own

    def experiments(self) -> Sequence[Experiment]:
        return self._store.experiments.list(lifecycle=None)

    def run_count(self, experiment: Experiment) -> int:
        return self._records.run_count(experiment.experiment_id)

    def runs(self, experiment: Experiment, settled: Settled) -> Iterator[SourceRun]:
        after = ""
        while page := self._records.page(experiment.experiment_id, after=after, limit=PAGE_RUNS):
            counts = self._records.point_counts([record.run_id for record in page])
            for record in page:
                run_id = after = record.run_id
                files = partial(files_of, self._store.artifacts, run_id)
                stamp = _stamp(record, counts.get(run_id, 0), files()) if settled.is_remembering else None
                if not settled.has_run(run_id, stamp):
                    yield SourceRun(record, partial(self._records.points, run_id), files, stamp)

    def models(self, experiment: Experiment, settled: Settled) -> Iterator[SourceModel]:
        for model in self._records.models(experiment.experiment_id):
            if settled.has_model(model.model_id, model.run_id):
                continue
            yield SourceModel(model, partial(self._files_of_model, model))

    def registered_models(self) -> Iterator[RegisteredModel]:
        yield from self._store.registry.list()

    def close(self) -> None:
        if self._is_own:
            self._store.close()

    def _files_of_model(self, model: LoggedModel) -> Iterator[SourceFile]:
        # One with a path is a folder among its run's artifacts.
        return iter(()) if model.path else files_of(self._store.artifacts, model.model_id)


def _stamp(record: RunRecord, point_count: int, files: Iterator[SourceFile]) -> str:
    # Points are never changed: only their number can be another one.
    return stamp_of(record, point_count, [(file.path, file.size_bytes) for file in files])


def files_of(artifacts: ArtifactStore, owner_id: str) -> Iterator[SourceFile]:
    """Yield the artifacts of a run or model; what is read of them is checked."""
    for entry in artifacts.walk(owner_id):
        yield SourceFile(entry.path, entry.file_size or 0, partial(artifacts.open, owner_id, entry.path))
