"""MLflow's own client logs models, registers them and loads them back."""

from __future__ import annotations

import math
import uuid

import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.entities import LoggedModelStatus
from mlflow.exceptions import MlflowException
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

from tests.rest.running import RestServer

X, y = load_iris(return_X_y=True, as_frame=True)
MODEL = LogisticRegression(max_iter=500).fit(X, y)


@pytest.fixture
def experiment_id(client: MlflowClient) -> str:
    made = client.create_experiment(f"m-{uuid.uuid4().hex}")
    mlflow.set_experiment(experiment_id=made)
    return made


@pytest.fixture
def name() -> str:
    return f"model {uuid.uuid4().hex}"


def source_of(server: RestServer, client: MlflowClient) -> tuple[str, str]:
    run_id = client.create_run("0").info.run_id
    return f"runs:/{run_id}/model", run_id


def test_a_model_is_logged_registered_and_loaded(client: MlflowClient, experiment_id: str, name: str) -> None:
    with mlflow.start_run() as run:
        logged = mlflow.sklearn.log_model(MODEL, name="clf", registered_model_name=name, input_example=X[:2])
    version = client.get_model_version(name, "1")
    assert (version.run_id, version.status, version.source) == (run.info.run_id, "READY", logged.model_uri)
    for uri in (logged.model_uri, f"models:/{name}/1", f"models:/{name}/latest", f"runs:/{run.info.run_id}/clf"):
        loaded = mlflow.sklearn.load_model(uri)
        assert (loaded.predict(X) == MODEL.predict(X)).all()
    assert (mlflow.pyfunc.load_model(f"models:/{name}/1").predict(X) == MODEL.predict(X)).all()
    outputs = client.get_run(run.info.run_id).outputs.model_outputs
    assert [made.model_id for made in outputs] == [logged.model_id]


def test_points_that_are_sent_again_to_say_of_which_model_they_are_stay_one(
    client: MlflowClient, experiment_id: str
) -> None:
    with mlflow.start_run() as run:
        for step, value in enumerate((0.5, math.nan)):
            mlflow.log_metric("loss", value, step=step)
        model = mlflow.sklearn.log_model(MODEL, name="clf")
        mlflow.log_metric("loss", 0.25, step=1, model_id=model.model_id)
    history = client.get_metric_history(run.info.run_id, "loss")
    assert [(point.step, str(point.value)) for point in history] == [(0, "0.5"), (1, "nan"), (1, "0.25")]
    assert {metric.value for metric in client.get_logged_model(model.model_id).metrics} >= {0.25}


def test_a_logged_model_lives_through_all_its_calls(client: MlflowClient, experiment_id: str) -> None:
    with mlflow.start_run() as run:
        model = mlflow.create_external_model("ext", source_run_id=run.info.run_id, params={"a": "1"}, tags={"t": "1"})
        mlflow.log_metric("acc", 0.9, model_id=model.model_id, step=3)
    read = client.get_logged_model(model.model_id)
    assert (read.name, read.params, read.tags["t"], read.status) == ("ext", {"a": "1"}, "1", LoggedModelStatus.READY)
    assert [(metric.key, metric.value, metric.run_id) for metric in read.metrics] == [("acc", 0.9, run.info.run_id)]
    client.log_model_params(model.model_id, {"b": "2"})
    client.set_logged_model_tags(model.model_id, {"u": "2"})
    client.delete_logged_model_tag(model.model_id, "t")
    read = client.get_logged_model(model.model_id)
    assert read.params == {"a": "1", "b": "2"}
    assert "t" not in read.tags and read.tags["u"] == "2"
    found = client.search_logged_models([experiment_id], filter_string="metrics.acc > 0.5 and params.a = '1'")
    assert [each.model_id for each in found] == [model.model_id]
    assert client.search_logged_models([experiment_id], filter_string="metrics.acc > 0.95") == []
    client.delete_logged_model(model.model_id)
    assert client.search_logged_models([experiment_id]) == []


def test_sklearn_autologs_to_the_server(client: MlflowClient, experiment_id: str) -> None:
    mlflow.sklearn.autolog(log_models=True, log_input_examples=False, silent=True)
    try:
        LogisticRegression(max_iter=300, C=0.5).fit(X, y)
    finally:
        mlflow.sklearn.autolog(disable=True)
    (run,) = client.search_runs([experiment_id])
    assert run.info.status == "FINISHED"
    assert run.data.params["C"] == "0.5"
    assert run.data.metrics["training_accuracy_score"] > 0.9
    assert run.inputs.dataset_inputs[0].dataset.digest
    (made,) = client.search_logged_models([experiment_id])
    assert (mlflow.sklearn.load_model(f"models:/{made.model_id}").C, made.source_run_id) == (0.5, run.info.run_id)


def test_a_registered_model_lives_through_all_its_calls(client: MlflowClient, name: str) -> None:
    client.create_registered_model(name, tags={"a": "1"}, description="first")
    with pytest.raises(MlflowException) as raised:
        client.create_registered_model(name)
    assert raised.value.error_code == "RESOURCE_ALREADY_EXISTS"
    client.update_registered_model(name, "second")
    client.set_registered_model_tag(name, "b", "2" * 50_000)
    client.delete_registered_model_tag(name, "a")
    read = client.get_registered_model(name)
    assert (read.description, read.tags) == ("second", {"b": "2" * 50_000})
    client.rename_registered_model(name, f"{name}-new")
    found = client.search_registered_models(f"name = '{name}-new'")
    assert [each.name for each in found] == [f"{name}-new"]
    client.delete_registered_model(f"{name}-new")
    with pytest.raises(MlflowException) as raised:
        client.get_registered_model(f"{name}-new")
    assert raised.value.error_code == "RESOURCE_DOES_NOT_EXIST"


def test_versions_have_aliases_tags_and_stages(server: RestServer, client: MlflowClient, name: str) -> None:
    client.create_registered_model(name)
    source, run_id = source_of(server, client)
    for number in ("1", "2"):
        assert client.create_model_version(name, source, run_id, tags={"n": number}).version == number
    client.set_registered_model_alias(name, "champion", "1")
    assert client.get_model_version_by_alias(name, "champion").version == "1"
    client.set_registered_model_alias(name, "champion", "2")
    assert client.get_model_version(name, "2").aliases == ["champion"]
    assert client.get_registered_model(name).aliases == {"champion": "2"}
    client.delete_registered_model_alias(name, "champion")
    with pytest.raises(MlflowException, match="alias champion not found"):
        client.get_model_version_by_alias(name, "champion")
    client.transition_model_version_stage(name, "1", "Production")
    client.transition_model_version_stage(name, "2", "Production", archive_existing_versions=True)
    stages = {each.version: each.current_stage for each in client.search_model_versions(f"name = '{name}'")}
    assert stages == {"1": "Archived", "2": "Production"}
    assert [each.version for each in client.get_latest_versions(name, ["Production"])] == ["2"]
    client.update_model_version(name, "1", "described")
    client.set_model_version_tag(name, "1", "k", "v")
    client.delete_model_version_tag(name, "1", "n")
    read = client.get_model_version(name, "1")
    assert (read.description, read.tags, read.run_id) == ("described", {"k": "v"}, run_id)
    client.delete_model_version(name, "1")
    assert [each.version for each in client.search_model_versions(f"name = '{name}'")] == ["2"]
    assert [each.name for each in client.search_model_versions(f"run_id = '{run_id}'")] == [name]


@pytest.mark.parametrize("bad", ["a/b", "a:b", " "])
def test_names_that_uris_can_not_hold_are_refused(client: MlflowClient, bad: str) -> None:
    with pytest.raises(MlflowException) as raised:
        client.create_registered_model(bad)
    assert raised.value.error_code == "INVALID_PARAMETER_VALUE"


@pytest.mark.parametrize("alias", ["latest", "LATEST", "v1", "V22"])
def test_aliases_that_mean_something_are_refused(
    server: RestServer, client: MlflowClient, name: str, alias: str
) -> None:
    client.create_registered_model(name)
    source, run_id = source_of(server, client)
    client.create_model_version(name, source, run_id)
    assert server.post("/registered-models/alias", name=name, alias=alias, version="1").status_code == 400
