from __future__ import annotations

from collections.abc import Sequence

import pytest

from nbtrack.entities import Batch, CellExecution, Dataset, DatasetInput, Environment, LoggedModel, Session
from nbtrack.errors import ExperimentNotFound, InvalidState, ModelNotFound, RunNotFound
from nbtrack.store import Discarded, NewVersion, Store
from tests.store.contract.making import metric, new_run

LATER_MS = 10**15


def found(store: Store) -> Sequence[Discarded]:
    return store.purge.find(deleted_before_ms=LATER_MS)


def forget(store: Store) -> None:
    store.purge.forget(store.purge.claim(found(store), at_ms=1))


def whole_batch(session_id: str) -> Batch:
    """All that a run can have; the cell, the data and the environment may be those of others, too."""
    return Batch(
        metrics=(metric("loss", 0.5), metric("loss", 0.4, step=1)),
        params={"depth": "3"},
        tags={"stage": "dev"},
        inputs=(DatasetInput(Dataset("wine", "d1"), "training"),),
        environment=Environment("e1", "3.11", "linux"),
        cell=CellExecution("c1", session_id, "x = 1", 5, status="ok"),
    )


def model(model_id: str, run_id: str | None, experiment_id: str, path: str = "") -> LoggedModel:
    return LoggedModel(model_id, run_id, path, "clf", "sklearn", 10, 5, experiment_id=experiment_id)


class PurgeContract:
    def test_only_what_was_deleted_before_a_time_is_found(self, store: Store) -> None:
        deleted, _active = new_run(store, name="gone"), new_run(store)
        store.runs.delete([deleted])
        (item,) = found(store)
        assert (item.kind, item.id, item.name, item.experiment_id) == ("run", deleted, "gone", "0")
        assert item.deleted_at_ms > 10**12
        assert store.purge.find(deleted_before_ms=item.deleted_at_ms) == []
        store.runs.restore(deleted)
        assert found(store) == []

    def test_deleting_again_does_not_make_it_newer(self, store: Store) -> None:
        experiment_id = store.experiments.create("wine", tags={}).experiment_id
        run_id = new_run(store, experiment_id)
        store.runs.delete([run_id])
        (first,) = found(store)
        store.runs.delete([run_id])
        store.experiments.delete(experiment_id)
        again, experiment = found(store)
        assert again.deleted_at_ms == first.deleted_at_ms
        assert (experiment.kind, experiment.run_count) == ("experiment", 1)

    def test_nothing_is_left_of_a_run_but_what_others_share_with_it(self, store: Store) -> None:
        store.sessions.open(Session("s1", "host", "boot", 1, 1, 1))
        going, staying = new_run(store, session_id="s1"), new_run(store, session_id="s1")
        for run_id in (going, staying):
            store.runs.log(run_id, whole_batch("s1"))
        store.runs.delete([going])
        forget(store)
        with pytest.raises(RunNotFound):
            store.runs.get(going)
        assert store.metrics.summaries(going) == []
        kept = store.runs.get(staying)
        assert (kept.data.params, kept.data.metrics) == ({"depth": "3"}, {"loss": 0.4})
        assert [used.dataset.name for used in kept.inputs.dataset_inputs] == ["wine"]
        assert [cell.source for cell in store.sessions.cells(staying)] == ["x = 1"]
        assert store.sessions.environment(staying) is not None
        assert len(store.metrics.history(staying, "loss").points) == 2
        store.runs.delete([staying])
        forget(store)
        assert found(store) == []
        # A process that lives on logs its next run with the same session, cell, data and environment.
        again = new_run(store, session_id="s1")
        store.runs.log(again, whole_batch("s1"))
        assert [cell.source for cell in store.sessions.cells(again)] == ["x = 1"]

    def test_what_is_claimed_cannot_be_restored_and_what_was_restored_cannot_be_claimed(self, store: Store) -> None:
        experiment_id = store.experiments.create("wine", tags={}).experiment_id
        run_id = new_run(store, experiment_id)
        store.experiments.delete(experiment_id)
        before = found(store)
        store.experiments.restore(experiment_id)
        assert store.purge.claim(before, at_ms=1) == []
        store.experiments.delete(experiment_id)
        claimed = store.purge.claim(found(store), at_ms=1)
        assert [item.kind for item in claimed] == ["run", "experiment"]
        with pytest.raises(InvalidState, match="for good"):
            store.runs.restore(run_id)
        with pytest.raises(InvalidState, match="for good"):
            store.experiments.restore(experiment_id)

    def test_a_run_that_is_going_does_not_come_back_with_its_experiment(self, store: Store) -> None:
        experiment_id = store.experiments.create("wine", tags={}).experiment_id
        going, staying = new_run(store, experiment_id), new_run(store, experiment_id)
        store.experiments.delete(experiment_id)
        store.purge.claim([item for item in found(store) if item.id == going], at_ms=1)
        store.experiments.restore(experiment_id)
        stages = [store.runs.get(run_id).info.lifecycle_stage for run_id in (going, staying)]
        assert stages == ["deleted", "active"]

    def test_an_experiment_goes_when_it_has_no_runs_left(self, store: Store) -> None:
        experiment_id = store.experiments.create("wine", tags={"owner": "ann"}).experiment_id
        run_id = new_run(store, experiment_id)
        store.experiments.delete(experiment_id)
        of_run, of_experiment = store.purge.claim(found(store), at_ms=1)
        store.purge.forget([of_experiment])
        assert store.experiments.get(experiment_id).name == "wine"
        store.purge.forget([of_run, of_experiment])
        with pytest.raises(ExperimentNotFound):
            store.experiments.get(experiment_id)
        with pytest.raises(RunNotFound):
            store.runs.get(run_id)

    def test_what_was_not_claimed_is_not_forgotten(self, store: Store) -> None:
        run_id = new_run(store)
        store.runs.delete([run_id])
        store.purge.forget(found(store))
        assert store.runs.get(run_id).info.run_id == run_id

    def test_models_go_with_their_run_and_own_their_artifacts(self, store: Store) -> None:
        experiment_id = store.experiments.create("wine", tags={}).experiment_id
        run_id = new_run(store, experiment_id)
        store.models.create(model("m-of-run", run_id, experiment_id))
        store.models.create(model("m-alone", None, experiment_id))
        store.experiments.delete(experiment_id)
        assert [item.owners for item in found(store)] == [(run_id, "m-of-run"), ("m-alone",)]
        forget(store)
        for model_id in ("m-of-run", "m-alone"):
            with pytest.raises(ModelNotFound):
                store.models.get(model_id)

    def test_a_deleted_model_goes_by_itself(self, store: Store) -> None:
        run_id = new_run(store)
        store.models.create(model("m-1", run_id, "0"))
        store.runs.log(run_id, Batch(models=(model("m-2", run_id, "0", "model"),)))
        for model_id in ("m-1", "m-2"):
            store.models.delete(model_id)
        assert [(item.id, item.owners) for item in found(store)] == [("m-1", ("m-1",)), ("m-2", ())]
        forget(store)
        assert found(store) == []
        assert store.runs.get(run_id).info.run_id == run_id

    def test_versions_whose_files_are_at_stake_are_named(self, store: Store) -> None:
        by_source, by_run, by_model = (new_run(store, name=name) for name in ("source", "run", "model"))
        store.models.create(model("m-1", by_model, "0"))
        store.registry.create_version(NewVersion("wine", f"runs:/{by_source}/model", 1))
        store.registry.create_version(NewVersion("wine", "s3://elsewhere", 1, run_id=by_run))
        store.registry.create_version(NewVersion("wine", "models:/m-1", 1, model_id="m-1"))
        store.runs.delete([by_source, by_run, by_model])
        assert {item.name: item.versions for item in found(store)} == {
            "source": ("wine/1",),
            "run": ("wine/2",),
            "model": ("wine/3",),
        }
