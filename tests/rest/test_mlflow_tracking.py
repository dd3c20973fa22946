"""MLflow's own client logs to the server and reads it back."""

from __future__ import annotations

import math
import uuid

import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, RunTag, ViewType
from mlflow.exceptions import MlflowException, RestException

from tests.rest.running import RestServer


@pytest.fixture
def experiment_id(client: MlflowClient) -> str:
    return client.create_experiment(f"e-{uuid.uuid4().hex}", tags={"team": "a"})


def test_an_experiment_lives_through_all_its_calls(client: MlflowClient, experiment_id: str) -> None:
    made = client.get_experiment(experiment_id)
    assert made.tags == {"team": "a"}
    assert made.artifact_location == f"mlflow-artifacts:/{experiment_id}"
    assert client.get_experiment_by_name(made.name).experiment_id == experiment_id
    assert client.get_experiment_by_name("no such") is None
    client.rename_experiment(experiment_id, made.name + "-new")
    client.set_experiment_tag(experiment_id, "k", "v")
    client.delete_experiment_tag(experiment_id, "team")
    renamed = client.get_experiment(experiment_id)
    assert (renamed.name, renamed.tags) == (made.name + "-new", {"k": "v"})
    client.delete_experiment(experiment_id)
    assert client.get_experiment(experiment_id).lifecycle_stage == "deleted"
    client.restore_experiment(experiment_id)
    assert client.get_experiment(experiment_id).lifecycle_stage == "active"


def test_a_name_that_is_taken_is_told_by_mlflows_code(client: MlflowClient, experiment_id: str) -> None:
    with pytest.raises(RestException) as raised:
        client.create_experiment(client.get_experiment(experiment_id).name)
    assert raised.value.error_code == "RESOURCE_ALREADY_EXISTS"


def test_the_fluent_api_logs_a_run_with_a_nested_one(client: MlflowClient, experiment_id: str) -> None:
    mlflow.set_experiment(experiment_id=experiment_id)
    with mlflow.start_run(run_name="parent") as parent:
        mlflow.log_params({"depth": 3, "kind": "tree"})
        mlflow.log_metric("loss", 0.5, step=1)
        mlflow.set_tags({"stage": "dev"})
        with mlflow.start_run(run_name="child", nested=True) as child:
            mlflow.log_metric("loss", 0.25)
    found = mlflow.get_run(parent.info.run_id)
    assert (found.info.run_name, found.info.status) == ("parent", "FINISHED")
    assert (found.data.params, found.data.metrics) == ({"depth": "3", "kind": "tree"}, {"loss": 0.5})
    assert found.data.tags["stage"] == "dev"
    assert found.info.end_time >= found.info.start_time
    parents = f"tags.mlflow.parentRunId = '{parent.info.run_id}'"
    assert [run.info.run_id for run in client.search_runs([experiment_id], parents)] == [child.info.run_id]


def test_a_run_without_a_name_gets_one(client: MlflowClient, experiment_id: str) -> None:
    run = client.create_run(experiment_id)
    assert run.info.run_name
    assert run.data.tags["mlflow.runName"] == run.info.run_name
    client.set_tag(run.info.run_id, "mlflow.runName", "renamed")
    assert client.get_run(run.info.run_id).info.run_name == "renamed"
    client.update_run(run.info.run_id, status="FAILED", name="again")
    updated = client.get_run(run.info.run_id)
    assert (updated.info.run_name, updated.info.status) == ("again", "FAILED")


def test_a_batch_of_1000_metrics_arrives_whole(client: MlflowClient, experiment_id: str) -> None:
    run_id = client.create_run(experiment_id).info.run_id
    metrics = [Metric("loss", 1 / (step + 1), 1_700_000_000_000 + step, step) for step in range(1000)]
    client.log_batch(run_id, metrics=metrics)
    history = client.get_metric_history(run_id, "loss")
    assert [(point.value, point.timestamp, point.step) for point in history] == [
        (point.value, point.timestamp, point.step) for point in metrics
    ]


def test_params_metrics_and_tags_of_a_batch_are_all_or_nothing(client: MlflowClient, experiment_id: str) -> None:
    run_id = client.create_run(experiment_id).info.run_id
    client.log_batch(run_id, [Metric("m", 1.0, 1, 0)], [Param("p", "1")], [RunTag("t", "1")])
    with pytest.raises(MlflowException, match="is already '1'"):
        client.log_batch(run_id, [Metric("m", 2.0, 2, 1)], [Param("q", "1"), Param("p", "2")], [RunTag("t", "2")])
    data = client.get_run(run_id).data
    assert (data.metrics, data.params, data.tags["t"]) == ({"m": 1.0}, {"p": "1"}, "1")
    client.log_param(run_id, "p", "1")


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 5e-324, -0.1, 1.7e308])
def test_every_number_comes_back_as_it_was(client: MlflowClient, experiment_id: str, value: float) -> None:
    run_id = client.create_run(experiment_id).info.run_id
    client.log_metric(run_id, "m", value, step=-5)
    (point,) = client.get_metric_history(run_id, "m")
    assert (repr(point.value), point.step) == (repr(value), -5)
    assert repr(client.get_run(run_id).data.metrics["m"]) == repr(value)


def test_the_latest_value_is_by_step(client: MlflowClient, experiment_id: str) -> None:
    run_id = client.create_run(experiment_id).info.run_id
    for value, step in ((0.9, 0), (0.1, 5), (0.4, 3)):
        client.log_metric(run_id, "m", value, timestamp=100 + step, step=step)
    run = client.get_run(run_id)
    assert run.data.metrics == {"m": 0.1}
    assert [(point.step, point.timestamp) for point in run.data._metric_objs] == [(5, 105)]


def test_long_values_are_kept_whole(client: MlflowClient, experiment_id: str) -> None:
    run_id = client.create_run(experiment_id).info.run_id
    client.set_tag(run_id, "long", "ü" * 100_000)
    assert client.get_run(run_id).data.tags["long"] == "ü" * 100_000


def test_tags_are_deleted_once(client: MlflowClient, experiment_id: str) -> None:
    run_id = client.create_run(experiment_id, tags={"a": "1"}).info.run_id
    client.delete_tag(run_id, "a")
    assert "a" not in client.get_run(run_id).data.tags
    with pytest.raises(MlflowException) as raised:
        client.delete_tag(run_id, "a")
    assert raised.value.error_code == "RESOURCE_DOES_NOT_EXIST"


def test_a_deleted_run_takes_nothing_until_it_is_restored(client: MlflowClient, experiment_id: str) -> None:
    run_id = client.create_run(experiment_id).info.run_id
    client.delete_run(run_id)
    assert client.get_run(run_id).info.lifecycle_stage == "deleted"
    with pytest.raises(MlflowException, match="is deleted") as raised:
        client.log_metric(run_id, "m", 1.0)
    assert raised.value.error_code == "INVALID_PARAMETER_VALUE"
    deleted = client.search_runs([experiment_id], run_view_type=ViewType.DELETED_ONLY)
    assert [run.info.run_id for run in deleted] == [run_id]
    client.restore_run(run_id)
    client.log_metric(run_id, "m", 1.0)


def test_what_is_not_there_is_told_by_mlflows_code(client: MlflowClient) -> None:
    for ask in (lambda: client.get_run("0" * 32), lambda: client.get_experiment("987654321")):
        with pytest.raises(MlflowException) as raised:
            ask()
        assert raised.value.error_code == "RESOURCE_DOES_NOT_EXIST"


def test_datasets_come_back_with_what_the_client_said_of_them(client: MlflowClient, experiment_id: str) -> None:
    run_id = client.create_run(experiment_id).info.run_id
    dataset = Dataset("wine", "abc123", "local", '{"uri": "wine.csv"}', schema='{"a": 1}', profile='{"rows": 5}')
    client.log_inputs(run_id, [DatasetInput(dataset, [InputTag("mlflow.data.context", "train")])])
    (used,) = client.get_run(run_id).inputs.dataset_inputs
    assert dict(used.dataset) == dict(dataset)
    assert [(tag.key, tag.value) for tag in used.tags] == [("mlflow.data.context", "train")]


@pytest.fixture(scope="module")
def searched(server: RestServer) -> str:
    """Give an experiment with three runs: a (loss 0.5), b (loss 2, tree), and c, which has neither."""
    experiment_id = server.new_experiment(f"searched-{uuid.uuid4().hex}")
    for name, loss, params in (
        ("a", 0.5, {"model": "Tree"}),
        ("b", 2.0, {"model": "tree", "depth": "3"}),
        ("c", None, {}),
    ):
        run_id = server.new_run(experiment_id, run_name=name, start_time=ord(name) * 1000)
        server.post(
            "/runs/log-batch",
            run_id=run_id,
            metrics=[] if loss is None else [{"key": "loss", "value": loss, "timestamp": 1}],
            params=[{"key": key, "value": value} for key, value in params.items()],
            tags=[{"key": "stage one", "value": f"dev {name}"}],
        )
    return experiment_id


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", "cba"),
        ("metrics.loss < 1", "a"),
        ("metrics.loss <= 0.5", "a"),
        ("metrics.loss > 0.5", "b"),
        ("metrics.loss >= 0.5", "ba"),
        ("metrics.loss = 2", "b"),
        ("metrics.loss != 2", "a"),
        ("params.model = 'tree'", "b"),
        ("params.model != 'tree'", "a"),
        ("params.model LIKE 'T%'", "a"),
        ("params.model ILIKE 'T%'", "ba"),
        ("tags.`stage one` = 'dev c'", "c"),
        ('tags."stage one" LIKE "dev %"', "cba"),
        ("attributes.run_name = 'a'", "a"),
        ("attributes.start_time > 98000", "c"),
        ("attributes.status = 'RUNNING'", "cba"),
        ("metrics.loss < 3 and params.depth = '3'", "b"),
        ("metrics.loss < 1 or params.depth = '3'", "ba"),
        ("params.depth IS NULL", "ca"),
        ("params.model IN ('tree', 'forest')", "b"),
    ],
)
def test_searches_find_what_they_say(client: MlflowClient, searched: str, query: str, names: str) -> None:
    assert "".join(run.info.run_name for run in client.search_runs([searched], query)) == names


@pytest.mark.parametrize(
    ("order", "names"),
    [
        ("metrics.loss ASC", "abc"),
        ("metrics.loss DESC", "bac"),
        ("attributes.start_time ASC", "abc"),
        ("params.model DESC", "bac"),
    ],
)
def test_orders_put_missing_values_last(client: MlflowClient, searched: str, order: str, names: str) -> None:
    assert "".join(run.info.run_name for run in client.search_runs([searched], order_by=[order])) == names


def test_pages_follow_one_another(client: MlflowClient, searched: str) -> None:
    found, token = [], None
    while token is not None or not found:
        page = client.search_runs([searched], max_results=2, page_token=token)
        found += [run.info.run_name for run in page]
        token = page.token
    assert found == ["c", "b", "a"]


def test_run_ids_are_searched_for_by_membership(client: MlflowClient, searched: str) -> None:
    ids = [run.info.run_id for run in client.search_runs([searched], max_results=2)]
    query = f"attributes.run_id IN ({', '.join(repr(run_id) for run_id in ids)})"
    assert [run.info.run_id for run in client.search_runs([searched], query)] == ids


@pytest.mark.parametrize(
    "query", ["metrics.loss = '1'", "params.model = 1", "metrics.loss <", "nonsense", "color = 'red'"]
)
def test_a_filter_that_makes_no_sense_is_refused(client: MlflowClient, searched: str, query: str) -> None:
    with pytest.raises(MlflowException) as raised:
        client.search_runs([searched], query)
    assert raised.value.error_code == "INVALID_PARAMETER_VALUE"


def test_a_search_becomes_a_frame(client: MlflowClient, searched: str) -> None:
    frame = mlflow.search_runs([searched], order_by=["metrics.loss"])
    assert list(frame["metrics.loss"][:2]) == [0.5, 2.0]
    assert list(frame["params.model"][:2]) == ["Tree", "tree"]
