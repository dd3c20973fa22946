from __future__ import annotations

import math
from dataclasses import replace

import pytest

from nbtrack.entities import Batch, LoggedModel, ModelMetric, ModelOutput, ModelStatus
from nbtrack.errors import ExperimentNotFound, InvalidInput, InvalidState, ModelNotFound, NotFound, ParamConflict
from nbtrack.store import Query, Store
from tests.store.contract.making import AWKWARD_TEXTS, new_run


def model(model_id: str = "m-1", *, run_id: str | None = None, path: str = "", **options) -> LoggedModel:
    return LoggedModel(model_id, run_id, path, "clf", "sklearn", 10, 5, experiment_id="0", **options)


class LoggedModelContract:
    def test_a_model_comes_back_as_it_was_logged(self, store: Store) -> None:
        run_id = new_run(store)
        points = (
            ModelMetric("m-1", "f1", 0.9, 7, 2, run_id, "wine", "d1"),
            ModelMetric("m-1", "nan", math.inf, 7, 0, run_id),
        )
        texts = {f"key {number}": text for number, text in enumerate(AWKWARD_TEXTS)}
        made = model(run_id=run_id, model_type="agent", params=texts, tags=texts, metrics=points, signature="x: double")
        store.models.create(made)
        assert store.models.get("m-1") == replace(made, updated_at_ms=5)
        assert store.runs.get(run_id).outputs.model_outputs == (ModelOutput("m-1"),)

    def test_a_model_at_a_path_replaces_the_one_before(self, store: Store) -> None:
        run_id = new_run(store)
        for model_id in ("m-1", "m-2"):
            store.runs.log(run_id, Batch(models=(model(model_id, run_id=run_id, path="model"),)))
        assert [found.model_id for found in store.models.of_run(run_id)] == ["m-2"]
        assert store.runs.get(run_id).outputs.model_outputs == (ModelOutput("m-2"),)
        assert store.models.get("m-2").model_uri == f"runs:/{run_id}/model"

    def test_models_with_places_of_their_own_stand_side_by_side(self, store: Store) -> None:
        run_id = new_run(store)
        for model_id in ("m-1", "m-2"):
            store.models.create(model(model_id, run_id=run_id))
        assert [found.model_uri for found in store.models.of_run(run_id)] == ["models:/m-1", "models:/m-2"]

    def test_a_run_s_batch_says_what_it_used_made_and_measured(self, store: Store) -> None:
        training, evaluation = new_run(store), new_run(store)
        store.models.create(model(run_id=training))
        measured = ModelMetric("m-1", "f1", math.nan, 9, 3)
        batch = Batch(model_inputs=("m-1",), model_outputs=(ModelOutput("m-1", 4),), model_metrics=(measured,))
        store.runs.log(evaluation, batch)
        store.runs.log(evaluation, batch)
        found = store.runs.get(evaluation)
        assert (found.inputs.model_inputs, found.outputs.model_outputs) == (("m-1",), (ModelOutput("m-1", 4),))
        (point,) = store.models.get("m-1").metrics
        assert (point.run_id, point.step, math.isnan(point.value)) == (evaluation, 3, True)

    def test_a_batch_about_an_unknown_model_writes_nothing(self, store: Store) -> None:
        run_id = new_run(store)
        with pytest.raises(ModelNotFound, match="m-9"):
            store.runs.log(run_id, Batch(params={"a": "b"}, model_metrics=(ModelMetric("m-9", "f1", 1.0, 1),)))
        assert store.runs.get(run_id).data.params == {}

    def test_its_params_are_written_once_and_its_tags_change(self, store: Store) -> None:
        store.models.create(model(params={"depth": "3"}))
        store.models.log_params("m-1", {"depth": "3", "trees": "9"})
        with pytest.raises(ParamConflict, match="of model m-1"):
            store.models.log_params("m-1", {"depth": "4", "other": "x"})
        store.models.set_tags("m-1", {"a": "1", "b": "2"})
        store.models.set_tags("m-1", {"a": "3"})
        store.models.delete_tag("m-1", "b")
        with pytest.raises(NotFound, match="no tag 'b'"):
            store.models.delete_tag("m-1", "b")
        found = store.models.get("m-1")
        assert (found.params, found.tags) == ({"depth": "3", "trees": "9"}, {"a": "3"})

    def test_a_model_becomes_ready(self, store: Store) -> None:
        store.models.create(model(status=ModelStatus.PENDING))
        store.models.set_status("m-1", ModelStatus.READY, at_ms=99)
        found = store.models.get("m-1")
        assert (found.status, found.updated_at_ms) == (ModelStatus.READY, 99)

    def test_a_deleted_model_is_not_listed_and_not_written_to(self, store: Store) -> None:
        run_id = new_run(store)
        store.models.create(model(run_id=run_id))
        store.models.delete("m-1")
        assert store.models.of_run(run_id) == []
        assert store.models.get("m-1").lifecycle == "deleted"
        with pytest.raises(ModelNotFound):
            store.models.set_tags("m-1", {"a": "b"})

    def test_unknown_places_are_refused(self, store: Store) -> None:
        with pytest.raises(ModelNotFound, match="No logged model 'm-9'"):
            store.models.get("m-9")
        with pytest.raises(ExperimentNotFound):
            store.models.create(replace(model(), experiment_id="no-such"))
        made = store.experiments.create("wine", tags={})
        store.experiments.delete(made.experiment_id)
        with pytest.raises(InvalidState, match="Restore it"):
            store.models.create(replace(model(), experiment_id=made.experiment_id))
        with pytest.raises(InvalidInput, match="no run that measured it"):
            store.models.create(model(metrics=(ModelMetric("m-1", "f1", 1.0, 1),)))

    def test_models_are_found_by_what_is_known_and_measured_of_them(self, store: Store) -> None:
        run_id = new_run(store)
        other = store.experiments.create("other", tags={}).experiment_id
        for number in range(1, 4):
            name = f"m-{number}"
            points = (
                ModelMetric(name, "f1", number / 10, 1, 0, run_id, "train", "d1"),
                ModelMetric(name, "f1", 1 - number / 10, 2, 0, run_id, "test", "d2"),
            )
            store.models.create(
                replace(
                    model(name, params={"depth": str(number)}, tags={"t": "x"}, metrics=points if number < 3 else ()),
                    created_at_ms=number,
                    experiment_id=other if number == 2 else "0",
                )
            )

        def found(filter_text: str = "", *order_by: str, **options) -> list[str]:
            return [found.model_id for found in store.models.search(Query(filter_text, order_by), **options).items]

        assert found() == ["m-3", "m-2", "m-1"]
        assert found(experiment_ids=["0"]) == ["m-3", "m-1"]
        assert found("params.depth = '2' and tags.t = 'x'") == ["m-2"]
        assert found("name = 'clf' and creation_timestamp >= 2") == ["m-3", "m-2"]
        assert found("metrics.f1 > 0.85") == ["m-1"]
        assert found("metrics.f1 > 0.85", datasets=[("train", None)]) == []
        assert found("metrics.f1 > 0.15", datasets=[("train", "d1")]) == ["m-2"]
        assert found("", "metrics.f1 DESC") == ["m-1", "m-2", "m-3"]
        assert found("", "metrics.f1 DESC", datasets=[("train", "d1")]) == ["m-2", "m-1"]
        first = store.models.search(Query(order_by=("metrics.f1",), max_results=2))
        rest = store.models.search(Query(order_by=("metrics.f1",), max_results=2, page_token=first.next_page_token))
        assert [found.model_id for found in first.items + rest.items] == ["m-2", "m-1", "m-3"]
