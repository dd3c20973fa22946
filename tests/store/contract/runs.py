from __future__ import annotations

import pytest

from nbtrack.entities import Batch, ColumnSchema, Dataset, DatasetInput, LoggedModel, RunStatus
from nbtrack.errors import InvalidName, InvalidState, ParamConflict, RunNotFound
from nbtrack.store import RunQuery, Store
from tests.store.contract.making import AWKWARD_TEXTS, metric, new_run


class RunContract:
    def test_a_run_comes_back_as_it_was_made(self, store: Store) -> None:
        batch = Batch((metric("rmse", 0.1),), {"depth": "8"}, {"stage": "dev"})
        run_id = new_run(store, name="quiet-fox-1", at_ms=5, user="ada", batch=batch)
        run = store.runs.get(run_id)
        assert (run.info.run_name, run.info.start_time, run.info.status) == (
            "quiet-fox-1",
            5,
            RunStatus.RUNNING,
        )
        assert run.data.metrics == {"rmse": 0.1}
        assert run.data.params == {"depth": "8"}
        assert run.data.tags == {"stage": "dev"}

    def test_texts_are_kept_exactly(self, store: Store) -> None:
        run_id = new_run(store)
        for text in AWKWARD_TEXTS:
            key = text.replace("\n", " ")
            store.runs.log(run_id, Batch(params={key: text}, tags={key: text}))
            assert store.runs.get(run_id).data.params[key] == text
            assert store.runs.get(run_id).data.tags[key] == text

    def test_a_param_of_a_megabyte_is_kept_whole(self, store: Store) -> None:
        run_id, value = new_run(store), "é" * 1_000_000
        store.runs.log(run_id, Batch(params={"big": value}))
        assert store.runs.get(run_id).data.params["big"] == value

    @pytest.mark.parametrize("key", ["", "/a", "a//b", "a/../b", "a#b", "nul\0", "line\nbreak", "x" * 251])
    def test_a_bad_key_is_refused_and_nothing_is_written(self, store: Store, key: str) -> None:
        run_id = new_run(store)
        with pytest.raises(InvalidName):
            store.runs.log(run_id, Batch((metric("ok", 1.0),), {"fine": "1"}, {key: "x"}))
        with pytest.raises(InvalidName):
            store.runs.log(run_id, Batch((metric("ok", 1.0), metric(key, 1.0)), {"fine": "1"}))
        assert store.runs.get(run_id).data.params == {}
        assert store.runs.get(run_id).data.metrics == {}

    @pytest.mark.parametrize("value", ["nul\0", "\ud800", "x" * (4 * 1024 * 1024 + 1)])
    def test_a_value_that_cannot_be_kept_is_refused(self, store: Store, value: str) -> None:
        run_id = new_run(store)
        with pytest.raises(InvalidName):
            store.runs.log(run_id, Batch(params={"a": "1", "p": value}))
        assert store.runs.get(run_id).data.params == {}

    def test_a_param_is_written_once(self, store: Store) -> None:
        run_id = new_run(store, batch=Batch(params={"depth": "8"}))
        store.runs.log(run_id, Batch(params={"depth": "8"}))
        with pytest.raises(ParamConflict, match="written once"):
            store.runs.log(run_id, Batch(params={"depth": "9", "other": "1"}))
        assert store.runs.get(run_id).data.params == {"depth": "8"}

    def test_a_tag_can_change_and_go(self, store: Store) -> None:
        run_id = new_run(store)
        store.runs.log(run_id, Batch(tags={"stage": "dev"}))
        store.runs.log(run_id, Batch(tags={"stage": "prod"}))
        assert store.runs.get(run_id).data.tags == {"stage": "prod"}
        store.runs.delete_tag(run_id, "stage")
        assert store.runs.get(run_id).data.tags == {}

    def test_the_name_tag_renames_the_run(self, store: Store) -> None:
        run_id = new_run(store)
        store.runs.log(run_id, Batch(tags={"mlflow.runName": "other"}))
        assert store.runs.get(run_id).info.run_name == "other"
        store.runs.rename(run_id, "third 🦌")
        assert store.runs.get(run_id).info.run_name == "third 🦌"
        assert store.runs.get(run_id).data.tags["mlflow.runName"] == "third 🦌"

    def test_deleting_hides_a_run_with_its_children_until_it_is_restored(self, store: Store) -> None:
        parent = new_run(store, name="search")
        child = new_run(store, name="candidate", parent_run_id=parent)
        store.runs.delete([parent])
        store.runs.delete([parent])
        assert store.runs.search(RunQuery()).runs == ()
        with pytest.raises(InvalidState, match="deleted"):
            store.runs.log(child, Batch(params={"a": "1"}))
        with pytest.raises(InvalidState, match="deleted"):
            store.runs.check_open(child)
        store.runs.restore(parent)
        store.runs.check_open(child)
        store.runs.restore(parent)
        assert {run.info.run_id for run in store.runs.search(RunQuery()).runs} == {parent, child}

    def test_unknown_runs_are_named(self, store: Store) -> None:
        for act in (store.runs.get, store.runs.restore, store.runs.check_open):
            with pytest.raises(RunNotFound, match="nope"):
                act("nope")
        with pytest.raises(RunNotFound):
            store.runs.delete(["nope"])
        with pytest.raises(RunNotFound):
            store.runs.log("nope", Batch(params={"a": "1"}))
        with pytest.raises(RunNotFound):
            store.metrics.history("nope", "loss")

    def test_status_and_end_are_set_together(self, store: Store) -> None:
        run_id = new_run(store)
        store.runs.log(run_id, Batch(status=RunStatus.FAILED, ended_at_ms=9))
        info = store.runs.get(run_id).info
        assert (info.status, info.end_time) == (RunStatus.FAILED, 9)

    def test_attempts_of_a_group_are_numbered(self, store: Store) -> None:
        ids = [new_run(store, group_id="cell", at_ms=n) for n in range(3)]
        other = new_run(store, group_id="other")
        attempts = {run.run_id: run.attempt for run in store.runs.summaries().runs}
        assert [attempts[i] for i in ids] == [1, 2, 3]
        assert attempts[other] == 1

    def test_inputs_and_models_come_back(self, store: Store) -> None:
        run_id = new_run(store)
        data = Dataset("X_train", "abc", (10, 2), (ColumnSchema("a", "double"),))
        item = DatasetInput(data, "training", {"k": "v"})
        store.runs.log(run_id, Batch(inputs=(item, item)))
        assert store.runs.get(run_id).inputs.dataset_inputs == (item,)
        model = LoggedModel("m-1", run_id, "model", "model", "sklearn", 10, 1)
        store.runs.log(run_id, Batch(models=(model,)))
        again = LoggedModel("m-2", run_id, "model", "model", "sklearn", 12, 2)
        store.runs.log(run_id, Batch(models=(again,)))
        assert [found.model_id for found in store.models.of_run(run_id)] == [again.model_id]
        summary = store.runs.summaries().runs[0]
        assert (summary.dataset_count, summary.model_count) == (1, 1)
