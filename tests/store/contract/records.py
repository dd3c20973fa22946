from __future__ import annotations

import math
import uuid

import pytest

from nbtrack.entities import (
    Batch,
    CellExecution,
    Environment,
    Experiment,
    Lifecycle,
    LoggedModel,
    ModelOutput,
    ModelVersion,
    NewRun,
    RunStatus,
    Session,
    Stage,
)
from nbtrack.store import Arrival, RecordStore, RunRecord, Store


def record(name: str = "old", **options: object) -> RunRecord:
    batch = Batch(params={"depth": "8"}, tags={"note": "a"})
    new = NewRun(uuid.uuid4().hex, name, "0", 5, status=RunStatus.FAILED, ended_at_ms=9, batch=batch)
    return RunRecord(new, **options)  # type: ignore[arg-type]


class RecordContract:
    """What was made elsewhere is kept as it was."""

    @pytest.fixture
    def records(self, store: Store) -> RecordStore:
        if store.records is None:
            pytest.skip("a server gives ids and times itself")
        return store.records

    def test_a_record_is_read_as_it_was_written(self, records: RecordStore) -> None:
        session = Session(uuid.uuid4().hex, "host", "boot", 1, 2, 3, "a.ipynb")
        cells = tuple(
            CellExecution(uuid.uuid4().hex, session.session_id, f"x = {at}", at, "ok", wall_ms=1.5) for at in (10, 20)
        )
        written = record(lifecycle=Lifecycle.DELETED, attempt=1, cells=cells, sessions=(session,))
        environment = Environment("e" * 64, "3.12", "linux", {"numpy": "2.0"})
        batch = Batch(params={"a": "1"}, environment=environment, model_outputs=(ModelOutput("m-1", 4),))
        other = RunRecord(NewRun(uuid.uuid4().hex, "open", "0", 6, batch=batch), attempt=1)
        records.write(Arrival(records=[written, other]))
        assert records.of([written.run_id, other.run_id, "nobody"]) == {written.run_id: written, other.run_id: other}
        assert records.run_count("0") == 2
        first, second = sorted([written, other], key=lambda each: each.run_id)
        assert records.page("0", limit=1) == [first]
        assert records.page("0", after=first.run_id) == [second]

    def test_a_stamp_holds_until_the_run_changes_here(self, store: Store, records: RecordStore) -> None:
        first, second, third = record(), record(), record()
        records.write(Arrival(records=[first, second, third]))
        records.write_stamps({first.run_id: "a", second.run_id: "b", "f" * 32: "nobody's"})
        records.write_stamps({second.run_id: "c"})
        assert records.stamps("0") == {first.run_id: "a", second.run_id: "c"}
        assert records.stamps("1") == {}
        store.runs.log(first.run_id, Batch(tags={"mine": "1"}))
        assert records.stamps("0") == {second.run_id: "c"}
        records.write_stamps({first.run_id: "a"})
        assert records.stamps("0") == {first.run_id: "a", second.run_id: "c"}
        store.runs.delete([second.run_id])
        assert records.stamps("0") == {first.run_id: "a"}

    def test_points_come_in_the_order_of_logging_and_deleted_runs_take_them_too(self, records: RecordStore) -> None:
        written = record(lifecycle=Lifecycle.DELETED)
        points = [(3, 1, 0.5), (1, 9, math.inf), (3, 1, 0.5), (2, 2, -0.25)]
        records.write(Arrival(records=[written], points={(written.run_id, "loss"): points}))
        records.write(Arrival(points={(written.run_id, "loss"): [(0, 0, 1.0)], (written.run_id, "acc"): [(1, 1, 1.0)]}))
        assert list(records.points(written.run_id)) == [
            ("acc", [(1, 1, 1.0)]),
            ("loss", [*points, (0, 0, 1.0)]),
        ]
        assert [key for key, _ in records.points(written.run_id, "acc")] == ["acc"]

    def test_an_arrival_is_written_whole_or_not_at_all(self, records: RecordStore) -> None:
        written = record()
        with pytest.raises(Exception):  # noqa: B017, PT011 which one is the database's affair
            records.write(Arrival(records=[record("first"), written, written]))
        assert records.run_count("0") == 0

    def test_attempts_that_two_stores_counted_alike_are_told_apart(self, store: Store, records: RecordStore) -> None:
        group = uuid.uuid4().hex
        store.runs.create([NewRun(uuid.uuid4().hex, "mine", "0", 1, group_id=group)])
        theirs = [
            RunRecord(NewRun(uuid.uuid4().hex, "theirs", "0", at, group_id=group), attempt=attempt)
            for at, attempt in ((1, 1), (2, 2), (3, None))
        ]
        records.write(Arrival(records=theirs))
        found = records.of([each.run_id for each in theirs])
        assert sorted(each.attempt or 0 for each in found.values()) == [2, 3, 4]

    def test_an_experiment_keeps_its_id_and_times(self, store: Store, records: RecordStore) -> None:
        written = Experiment("123456789012345678", "old", Lifecycle.DELETED, 5, 6, tags={"a": "1"})
        records.write_experiment(written)
        assert store.experiments.get(written.experiment_id) == written
        (discarded,) = store.purge.find(deleted_before_ms=10**15)
        assert discarded.id == written.experiment_id

    def test_a_model_keeps_its_id_its_times_and_its_step(self, store: Store, records: RecordStore) -> None:
        batch = Batch(model_outputs=(ModelOutput("m-1", 7),))
        made_by = RunRecord(NewRun(uuid.uuid4().hex, "r", "0", 1, batch=batch))
        records.write(Arrival(records=[made_by]))
        model = LoggedModel("m-1", made_by.run_id, "", "tree", "sklearn", 5, 10, experiment_id="0", updated_at_ms=11)
        records.write_model(model)
        assert records.models("0") == [model]
        assert store.runs.get(made_by.run_id).outputs.model_outputs == (ModelOutput("m-1", 7),)

    def test_a_version_keeps_its_number_if_that_was_never_given(self, store: Store, records: RecordStore) -> None:
        store.registry.create("tree", at_ms=1)
        version = ModelVersion("tree", "3", "runs:/x/m", None, 5, "d", 6, current_stage=Stage.STAGING, tags={"a": "1"})
        assert records.write_version(version) == version
        assert store.registry.get_version("tree", "3") == version
        assert records.write_version(version).version == "4"
        store.registry.delete_version("tree", "4", at_ms=7)
        assert records.write_version(version).version == "5"
