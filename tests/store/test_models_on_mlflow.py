"""Logged models on a real MLflow server: the contract, but for what such a server can't keep."""

from __future__ import annotations

import logging
import math
from dataclasses import replace
from pathlib import Path

import pytest

from nbtrack.entities import Batch, LoggedModel, Metric, ModelMetric, ModelOutput, ModelStatus
from nbtrack.errors import InvalidFilter, InvalidInput, InvalidName, InvalidState, ModelNotFound, ParamConflict
from nbtrack.store import NewVersion, Query, Store
from nbtrack.store.http import HttpStore
from nbtrack.store.http.ledger import Ledger
from nbtrack.store.protocol import Delivery
from tests.store.contract import LoggedModelContract
from tests.store.contract.logged_models import model
from tests.store.contract.making import AWKWARD_TEXTS, new_run
from tests.store.tracking_servers import MlflowProcess, needs_mlflow

pytestmark = needs_mlflow


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    process = MlflowProcess(tmp_path_factory.mktemp("mlflow"))
    process.start()
    yield process
    process.kill()


@pytest.fixture
def store(server: MlflowProcess, tmp_path: Path):
    server.empty()
    opened = HttpStore(server.url, outbox=tmp_path / "outbox")
    yield opened
    opened.close()


@pytest.fixture
def elsewhere(store: Store, tmp_path: Path):
    """The same server, seen from a machine that knows nothing of it yet."""
    opened = HttpStore(store.uri, outbox=tmp_path / "elsewhere")
    yield opened
    opened.close()


def delivery(run_id: str, *batches: Batch) -> Delivery:
    return Delivery("segment", 0, 10, batches=[(run_id, batch) for batch in batches])


class TestLoggedModelsOnMlflow(LoggedModelContract):
    def test_a_model_comes_back_as_it_was_logged(self, store: Store, elsewhere: Store) -> None:
        """But for its last change, for which the server's clock counts; its run says itself what it made."""
        run_id = new_run(store)
        points = (
            ModelMetric("m-1", "f1", 0.9, 7, 2, run_id, "wine", "d1"),
            ModelMetric("m-1", "r2", -1.0, 7, 0, run_id),
        )
        texts = {f"key {number}": text for number, text in enumerate(AWKWARD_TEXTS)}
        made = model(run_id=run_id, model_type="agent", params=texts, tags=texts, metrics=points, signature="x: double")
        store.models.create(made)
        for seen_from in (store, elsewhere):
            found = seen_from.models.get("m-1")
            kept = {"updated_at_ms": found.updated_at_ms, "artifact_uri": found.artifact_uri, "metrics": found.metrics}
            assert found == replace(made, **kept)
            assert set(found.metrics) == set(points)
            assert [each.model_id for each in seen_from.models.of_run(run_id)] == ["m-1"]
        store.runs.log(run_id, Batch(model_outputs=(ModelOutput("m-1", 4),)))
        assert elsewhere.runs.get(run_id).outputs.model_outputs == (ModelOutput("m-1", 4),)

    def test_a_model_at_a_path_replaces_the_one_before(self, store: Store) -> None:
        """A folder among a run's artifacts is no output: the server would show and load it from elsewhere."""
        run_id = new_run(store)
        for model_id in ("m-1", "m-2"):
            store.runs.log(run_id, Batch(models=(model(model_id, run_id=run_id, path="model"),)))
        assert [found.model_id for found in store.models.of_run(run_id)] == ["m-2"]
        assert store.models.get("m-2").model_uri == f"runs:/{run_id}/model"
        assert store.runs.get(run_id).outputs.model_outputs == ()
        with pytest.raises(InvalidState, match="the folder 'model' among the artifacts"):
            store.models.set_tags("m-2", {"a": "b"})

    def test_a_run_s_batch_says_what_it_used_made_and_measured(self, store: Store, elsewhere: Store) -> None:
        training, evaluation = new_run(store), new_run(store)
        store.models.create(model(run_id=training))
        measured = ModelMetric("m-1", "f1", 0.25, 9, 3, dataset_name="wine", dataset_digest="d1")
        made = (ModelOutput("m-1", 4),)
        points = (Metric("f1", 0.25, 9, 3),)
        batch = Batch(points, model_inputs=("m-1",), model_outputs=made, model_metrics=(measured,))
        store.runs.log(evaluation, batch)
        store.runs.log(evaluation, batch)
        for seen_from in (store, elsewhere):
            found = seen_from.runs.get(evaluation)
            assert (found.inputs.model_inputs, found.outputs.model_outputs) == (("m-1",), made)
            assert seen_from.models.get("m-1").metrics == (replace(measured, run_id=evaluation),)
            assert seen_from.metrics.history(evaluation, "f1").total == 1

    def test_a_nan_measured_of_a_model_is_refused(self, store: Store) -> None:
        """The server would keep it as 0 without a word."""
        run_id = new_run(store)
        store.models.create(model(run_id=run_id))
        point = ModelMetric("m-1", "f1", math.nan, 1)
        with pytest.raises(InvalidName, match="as 0"):
            store.runs.log(run_id, Batch(params={"a": "b"}, model_metrics=(point,)))
        with pytest.raises(InvalidName, match="as 0"):
            store.models.create(model("m-2", metrics=(replace(point, model_id="m-2", run_id=run_id),)))
        assert store.runs.get(run_id).data.params == {}

    def test_a_model_becomes_ready(self, store: Store) -> None:
        store.models.create(model(status=ModelStatus.PENDING))
        for status in (ModelStatus.READY, ModelStatus.FAILED):
            store.models.set_status("m-1", status, at_ms=99)
            assert store.models.get("m-1").status is status

    def test_models_are_found_by_what_is_known_and_measured_of_them(self, store: Store) -> None:
        run_id = new_run(store)
        other = store.experiments.create("other", tags={}).experiment_id
        for number in range(1, 4):
            name = f"m-{number}"
            points = (
                ModelMetric(name, "f1", number / 10, 1, 0, run_id, "train", "d1"),
                ModelMetric(name, "f1", 1 - number / 10, 2, 0, run_id, "test", "d2"),
            )
            of_run = run_id if number == 1 else None
            made = model(name, run_id=of_run, params={"depth": str(number)}, tags={"t x": "x"})
            there = replace(made, experiment_id=other if number == 2 else "0", metrics=points if number < 3 else ())
            store.models.create(there)

        def found(filter_text: str = "", *order_by: str, **options) -> list[str]:
            return [found.model_id for found in store.models.search(Query(filter_text, order_by), **options).items]

        assert found() == ["m-3", "m-2", "m-1"]
        assert found(experiment_ids=["0"]) == ["m-3", "m-1"]
        assert found("params.depth = '2' and tags.`t x` = \"x\"") == ["m-2"]
        assert found("name = 'clf' and model_id in ('m-3', 'm-1', 'm-9')") == ["m-3", "m-1"]
        assert found(f"source_run_id = '{run_id}'") == ["m-1"]
        assert found("name like 'c%' and creation_timestamp >= 2") == ["m-3", "m-2", "m-1"]
        assert found("creation_time < 2") == []
        assert found("metrics.f1 > 0.85") == ["m-1"]
        assert found("metrics.f1 > 0.15", datasets=[("train", "d1")]) == ["m-2"]
        assert found("", "metrics.f1 DESC") == ["m-1", "m-2", "m-3"]
        assert found("", "creation_time") == ["m-1", "m-2", "m-3"]
        first = store.models.search(Query(order_by=("metrics.f1",), max_results=2))
        rest = store.models.search(Query(order_by=("metrics.f1",), max_results=2, page_token=first.next_page_token))
        assert [found.model_id for found in first.items + rest.items] == ["m-2", "m-1", "m-3"]

    @pytest.mark.parametrize(
        ("text", "order_by", "hint"),
        [
            ("params.a = 'x' or params.b = 'y'", (), "does not understand `or`"),
            ("params.a is null", (), "`is null` for models"),
            ("status = 'READY'", (), "the attribute 'status'"),
            ('params.a = "it\'s"', (), "texts with '"),
            ("params.a = 'b\\\\c'", (), "texts with '"),
            ("metrics.loss.min < 1", (), "`min` of a metric's history"),
            ("", ("params.depth",), "attributes and metrics only"),
        ],
    )
    def test_what_the_server_does_not_understand_is_told(self, store: Store, text: str, order_by, hint: str) -> None:
        with pytest.raises(InvalidFilter, match=hint):
            store.models.search(Query(text, order_by))

    def test_a_dataset_without_its_digest_is_refused(self, store: Store) -> None:
        """The server would look for one that has no digest."""
        with pytest.raises(InvalidInput, match="dataset_digest"):
            store.models.search(Query(), datasets=[("train", None)])


class TestDeliveringModels:
    def test_a_delivery_that_comes_twice_doubles_nothing(self, store: Store, elsewhere: Store) -> None:
        run_id = new_run(store)
        points = tuple(ModelMetric("m-1", f"f{number}", number / 7, 5, 0) for number in range(300))
        made = replace(model(run_id=run_id, params={"a": "1"}, tags={"b": "2"}), experiment_id=None)
        batch = Batch(
            models=(made,), model_outputs=(ModelOutput("m-1", 2),), model_inputs=("m-1",), model_metrics=points
        )
        for _ in range(2):
            store.runs.deliver(delivery(run_id, batch))
            store.runs.forget_segment("segment")
        assert len(elsewhere.models.search(Query()).items) == 1
        (found,) = elsewhere.models.of_run(run_id)
        assert (found.model_id, found.params, found.tags, found.status) == ("m-1", {"a": "1"}, {"b": "2"}, "READY")
        assert {(point.key, point.value) for point in found.metrics} == {(point.key, point.value) for point in points}
        run = elsewhere.runs.get(run_id)
        assert (run.outputs.model_outputs, run.inputs.model_inputs) == ((ModelOutput("m-1", 2),), ("m-1",))
        assert elsewhere.runs.summaries().runs[0].model_count == 1

    def test_a_model_whose_making_was_not_answered_is_not_made_again(self, store: Store, tmp_path: Path) -> None:
        store.models.create(model())
        again = HttpStore(store.uri, outbox=tmp_path / "cut")
        Ledger(tmp_path / "cut").begin_model("m-1")
        again.models.create(model())
        assert len(again.models.search(Query()).items) == 1
        again.close()

    def test_what_cannot_be_kept_is_told_once_and_the_rest_arrives(self, store: Store, caplog) -> None:
        run_id = new_run(store)
        folder = LoggedModel("m-1", run_id, "model", "clf", "sklearn", 1, 5, params={"a": "1"})
        unmeasured = ModelMetric("m-2", "auc", math.nan, 1)
        good = model("m-2", run_id=run_id, metrics=(replace(unmeasured, run_id=run_id),))
        unfit = replace(model("m-3", run_id=run_id), name="v1.2")
        points = tuple(ModelMetric(of, "f1", value, 1) for of, value in [("m-1", 0.5), ("m-2", 0.5), ("m-2", math.nan)])
        outputs = (ModelOutput("m-9"), ModelOutput("m-2", 3))
        first = Batch(params={"p": "1"}, models=(folder, good, unfit), model_outputs=outputs, model_metrics=points)
        later = Batch(model_outputs=(ModelOutput("m-2", 8),))
        with caplog.at_level(logging.WARNING, "nbtrack"):
            store.runs.log(run_id, Batch())
            for batch in (first, later) * 2:
                store.runs.deliver(delivery(run_id, batch))
                store.runs.forget_segment("segment")
        told = [record.getMessage() for record in caplog.records]
        for words in (
            "params, tags and metrics of a model folder",
            "No logged model 'm-1'",
            "No logged model 'm-9'",
            "'auc' of model 'm-2' is left out",
            "'f1' of model 'm-2' is left out",
            "Invalid model name",
            "step 8 is not kept",
        ):
            assert sum(words in message for message in told) == 1, (words, told)
        run = store.runs.get(run_id)
        assert (run.data.params, run.outputs.model_outputs) == ({"p": "1"}, (ModelOutput("m-2", 3),))
        assert {found.model_id for found in store.models.of_run(run_id)} == {"m-1", "m-2"}
        assert [point.value for point in store.models.get("m-2").metrics] == [0.5]


class TestModelsElsewhere:
    def test_its_artifacts_lie_where_the_server_says(self, store: Store, elsewhere: Store) -> None:
        store.models.create(model())
        store.artifacts.put_bytes("m-1", "MLmodel", b"flavors: {}")
        assert elsewhere.artifacts.local_path("m-1", "MLmodel").read_bytes() == b"flavors: {}"

    def test_a_version_names_its_model_as_nbtrack_does(self, store: Store, elsewhere: Store) -> None:
        store.models.create(model())
        made = store.registry.create_version(NewVersion("wine", "models:/m-1", 1, model_id="m-1"))
        assert (made.model_id, made.source, made.version) == ("m-1", "models:/m-1", "1")
        versions = elsewhere.registry.get("wine").versions
        assert [(version.model_id, version.source) for version in versions] == [("m-1", "models:/m-1")]

    def test_both_ids_are_understood_and_ours_is_shown(self, store: Store, elsewhere: Store) -> None:
        store.models.create(model())
        uri = store.models.get("m-1").artifact_uri
        assert uri is not None
        server_id = next(part for part in uri.split("/") if part.startswith("m-"))
        elsewhere.models.log_params(server_id, {"depth": "3"})
        assert elsewhere.models.get(server_id).model_id == "m-1"
        with pytest.raises(ParamConflict, match="of model"):
            elsewhere.models.log_params("m-1", {"depth": "4"})
        elsewhere.models.delete("m-1")
        assert store.models.get("m-1").lifecycle == "deleted"
        with pytest.raises(ModelNotFound, match="deleted"):
            store.models.log_params("m-1", {"a": "b"})
