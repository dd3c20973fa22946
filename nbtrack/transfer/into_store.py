from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import groupby, islice
from operator import itemgetter

from nbtrack.entities import Batch, Experiment, Lifecycle, LoggedModel, RegisteredModel
from nbtrack.errors import InvalidInput, NbtrackError, StoreUnavailable
from nbtrack.limits import check_key, check_value
from nbtrack.store import Arrival, PointRow, RecordStore, RunRecord, Series, Store, Stretch
from nbtrack.transfer.difference import difference, missing_points
from nbtrack.transfer.into_artifacts import IntoArtifacts
from nbtrack.transfer.into_registry import IntoRegistry
from nbtrack.transfer.points_here import Parts, PartsOf, PointsHere
from nbtrack.transfer.report import Report, reporting
from nbtrack.transfer.settled import Settled
from nbtrack.transfer.source import SourceModel, SourceRun, lasting_experiment_id
from nbtrack.transfer.stamps import Stamps
from nbtrack.transfer.storable import check_whole

POINTS_AT_ONCE = 50_000
"""Points in one transaction."""


class IntoStore:
    """Copies into a store, or, on a dry run, only tells what would come."""

    def __init__(
        self, store: Store, records: RecordStore, report: Report, *, with_artifacts: bool, is_recheck: bool
    ) -> None:
        self.name = store.uri
        self._store, self._records, self._report = store, records, report
        self._with_artifacts = with_artifacts
        self._stamps = Stamps(records, report, with_artifacts=with_artifacts, is_recheck=is_recheck)
        self._experiments = {each.experiment_id: each for each in store.experiments.list(lifecycle=None)}
        self._registry = IntoRegistry(store.registry, records, report)
        self._files = IntoArtifacts(store.artifacts, report)
        self._model_ids: dict[str, set[str]] = {}
        # Of the source's experiments: the ids that they have here.
        self._ids: dict[str, str] = {}

    def experiment(self, experiment: Experiment) -> None:
        self._stamps.write()
        here = self._counterpart(experiment)
        if here is None:
            here = replace(experiment, experiment_id=lasting_experiment_id(experiment), artifact_location=None)
            here = replace(here, tags=self._keepable(experiment.tags, "tag", f"of experiment {experiment.name}"))
            check_whole(here)
            if not self._report.is_dry_run:
                self._records.write_experiment(here)
            self._experiments[here.experiment_id] = here
            self._report.came["experiment"] += 1
        else:
            self._report.already_here["experiment"] += 1
            self._add_tags(here, experiment)
        self._ids[experiment.experiment_id] = here.experiment_id

    def settled(self, experiment: Experiment) -> Settled:
        experiment_id = self._id_here(experiment.experiment_id)
        stamps = self._stamps.of(experiment_id)
        model_ids = self._models_here(experiment_id) if stamps else frozenset()
        return Settled(self._report, stamps, model_ids, is_remembering=True)

    def runs(self, runs: Sequence[SourceRun]) -> None:
        mapped = []
        for run in runs:
            with self._stamps.watching(run), reporting(self._report, "run", run.record.run_id[:80]):
                mapped.append(replace(run, record=self._keepable_record(run.record)))
        known = self._records.of([run.record.new.run_id for run in mapped])
        new = [run for run in mapped if run.record.new.run_id not in known]
        self._create(new)
        points_here = PointsHere(
            self._records, [run.record.new.run_id for run in mapped if run.record.new.run_id in known]
        )
        for run in mapped:
            run_id = run.record.new.run_id
            with self._stamps.watching(run), reporting(self._report, "run", run_id):
                if run_id in known:
                    self._complete(run, known[run_id], points_here.of(run_id))
                if self._with_artifacts:
                    self._files.bring(run_id, run.files(), is_new=run_id not in known)

    def model(self, model: SourceModel) -> None:
        there = model.model
        with self._stamps.watching_id(there.run_id):
            is_new = there.model_id not in self._models_here(self._id_here(there.experiment_id))
            if is_new:
                self._write_model(there)
            self._report.count("model", is_new=is_new)
            if self._with_artifacts:
                self._files.bring(there.model_id, model.files(), is_new=is_new)

    def registered_model(self, model: RegisteredModel) -> None:
        self._registry.bring(model)

    def finish(self) -> None:
        self._stamps.write()

    def close(self) -> None:
        """The store belongs to who opened it."""

    def _counterpart(self, experiment: Experiment) -> Experiment | None:
        """Return what an experiment is here: by its id, else the active one of its name."""
        by_id = self._experiments.get(lasting_experiment_id(experiment))
        if by_id is not None or experiment.lifecycle_stage is Lifecycle.DELETED:
            return by_id
        active = (each for each in self._experiments.values() if each.lifecycle_stage is Lifecycle.ACTIVE)
        by_name = next((each for each in active if each.name == experiment.name), None)
        if by_name is not None and by_name.experiment_id != experiment.experiment_id:
            text = "an experiment of this name is here already; the runs join it"
            self._report.note("experiment", experiment.name, text)
        return by_name

    def _id_here(self, experiment_id: str | None) -> str:
        if experiment_id not in self._ids:
            raise InvalidInput(f"belongs to experiment {str(experiment_id)[:80]!r}, which the source does not have.")
        return self._ids[experiment_id]

    def _add_tags(self, here: Experiment, there: Experiment) -> None:
        missing = {key: value for key, value in there.tags.items() if key not in here.tags}
        keepable = self._keepable(missing, "tag", f"of experiment {there.name}")
        if keepable and not self._report.is_dry_run:
            self._store.experiments.set_tags(here.experiment_id, keepable)

    def _create(self, runs: Sequence[SourceRun]) -> None:
        """Write new runs, many in one transaction; if that is refused, one by one, so that the good ones come."""
        try:
            self._write_new(runs)
        except StoreUnavailable:
            raise
        except NbtrackError:
            for run in runs:
                with self._stamps.watching(run), reporting(self._report, "run", run.record.new.run_id):
                    self._bring(run)

    def _bring(self, run: SourceRun) -> None:
        run_id = run.record.new.run_id
        known = self._records.of([run_id])
        if known:
            self._complete(run, known[run_id], PointsHere(self._records, [run_id]).of(run_id))
        else:
            self._write_new([run])

    def _write_new(self, runs: Sequence[SourceRun]) -> None:
        waiting = _Waiting()
        for run in runs:
            waiting.records.append(run.record)
            with self._stamps.watching(run):
                for key, points in self._points(run):
                    waiting.add((run.record.new.run_id, key), points)
                    if waiting.point_count >= POINTS_AT_ONCE:
                        self._write(waiting.arrival())
                        waiting = _Waiting()
        self._write(waiting.arrival())

    def _complete(self, run: SourceRun, ours: RunRecord, points_here: PartsOf) -> None:
        """Add to a run that is here what it lacks."""
        run_id = run.record.new.run_id
        found = difference(run.record, ours)
        for conflict in found.conflicts:
            self._report.note("run", run_id, conflict)
        added = sum(
            self._add_points(run_id, key, of_key, points_here(key)) for key, of_key in _by_key(self._points(run))
        )
        additions = [*([found.addition] if found.addition else []), *(Batch(cell=cell) for cell in found.cells)]
        if additions:
            self._write(Arrival(run.record.sessions, additions=[(run_id, addition) for addition in additions]))
        if additions or added:
            self._report.came["updated run"] += 1
        else:
            self._report.already_here["run"] += 1

    def _add_points(self, run_id: str, key: str, theirs: Iterator[Sequence[PointRow]], ours: Parts) -> int:
        """Add the points of one metric that are not here; return how many those were."""
        counted = _Counted(theirs)
        added = 0
        with closing(ours):
            missing = missing_points(counted, ours)
            while part := list(islice(missing, POINTS_AT_ONCE)):
                self._write(Arrival(points={(run_id, key): part}))
                added += len(part)
        self._report.already_here["point"] += counted.count - added
        return added

    def _models_here(self, experiment_id: str) -> set[str]:
        """Return the ids of the models that are here in an experiment."""
        if experiment_id not in self._model_ids:
            self._model_ids[experiment_id] = {model.model_id for model in self._records.models(experiment_id)}
        return self._model_ids[experiment_id]

    def _write_model(self, there: LoggedModel) -> None:
        owner, experiment_id = f"of model {there.model_id}", self._id_here(there.experiment_id)
        here = replace(
            there,
            experiment_id=experiment_id,
            artifact_uri=None,
            params=self._keepable(there.params, "param", owner),
            tags=self._keepable(there.tags, "tag", owner),
        )
        check_whole(here)
        if not self._report.is_dry_run:
            self._records.write_model(here)
        self._models_here(experiment_id).add(there.model_id)

    def _write(self, arrival: Arrival) -> None:
        if not self._report.is_dry_run:
            self._records.write(arrival)
        came = self._report.came
        came["run"] += len(arrival.records)
        came["point"] += sum(map(len, arrival.points.values()))
        batches = [record.new.batch for record in arrival.records] + [batch for _, batch in arrival.additions]
        came["param"] += sum(len(batch.params) for batch in batches)
        came["tag"] += sum(len(batch.tags) for batch in batches)

    def _points(self, run: SourceRun) -> Iterator[Stretch]:
        """Read a run's points, leaving out the metrics whose key can't be kept."""
        run_id = run.record.new.run_id
        verdicts: dict[str, bool] = {}
        with reporting(self._report, "points", f"of {run_id}"):
            for key, points in run.points():
                if key not in verdicts:
                    verdicts[key] = bool(self._keepable({key: ""}, "metric", f"of run {run_id}"))
                if verdicts[key]:
                    yield key, points

    def _keepable_record(self, record: RunRecord) -> RunRecord:
        """Return a record that can be written here: in its experiment here, without what can't be kept."""
        new, owner = record.new, f"of run {record.run_id}"
        batch = replace(
            new.batch,
            params=self._keepable(new.batch.params, "param", owner),
            tags=self._keepable(new.batch.tags, "tag", owner),
        )
        experiment_id = self._id_here(new.experiment_id)
        is_deleted = self._experiments[experiment_id].lifecycle_stage is Lifecycle.DELETED
        kept = replace(
            record,
            new=replace(new, experiment_id=experiment_id, artifact_uri=None, batch=batch),
            lifecycle=Lifecycle.DELETED if is_deleted else record.lifecycle,
        )
        check_whole(kept)
        return kept

    def _keepable(self, values: Mapping[str, str], kind: str, owner: str) -> dict[str, str]:
        kept = {}
        for key, value in values.items():
            with reporting(self._report, kind, f"{key!r} {owner}"):
                kept[key] = check_value(value, kind, check_key(key, kind))
        return kept


@dataclass
class _Waiting:
    """What goes into the next transaction."""

    records: list[RunRecord] = field(default_factory=list)
    points: dict[Series, list[PointRow]] = field(default_factory=dict)
    point_count: int = 0

    def add(self, series: Series, points: Sequence[PointRow]) -> None:
        self.points.setdefault(series, []).extend(points)
        self.point_count += len(points)

    def arrival(self) -> Arrival:
        return Arrival(records=self.records, points=self.points)


class _Counted:
    """Counts the points of parts that are taken from an iterator."""

    def __init__(self, parts: Iterator[Sequence[PointRow]]) -> None:
        self._parts = parts
        self.count = 0

    def __iter__(self) -> Iterator[Sequence[PointRow]]:
        for part in self._parts:
            self.count += len(part)
            yield part


def _by_key(stretches: Iterator[Stretch]) -> Iterator[tuple[str, Iterator[Sequence[PointRow]]]]:
    for key, of_key in groupby(stretches, key=itemgetter(0)):
        yield key, (points for _, points in of_key)
