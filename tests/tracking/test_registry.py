from __future__ import annotations

import pytest
from sklearn.linear_model import LogisticRegression

import nbtrack
from nbtrack.entities import ModelOutput, Param, RunTag, ViewType
from nbtrack.errors import InvalidInput, ModelNotFound


@pytest.fixture
def client(store) -> nbtrack.Client:
    return nbtrack.Client()


def fitted() -> LogisticRegression:
    return LogisticRegression().fit([[0.0], [1.0]], [0, 1])


def test_an_alias_finds_the_model_that_it_points_to(client: nbtrack.Client) -> None:
    for name in ("first", "second"):
        with nbtrack.start_run(run_name=name):
            nbtrack.sklearn.log_model(fitted(), "model", registered_model_name="churn")
    client.set_registered_model_alias("churn", "champion", 1)
    assert nbtrack.sklearn.load_model("models:/churn@champion").predict([[2.0]]) == [1]
    assert client.get_model_version_by_alias("churn", "champion").version == "1"
    client.set_registered_model_alias("churn", "champion", 2)
    assert client.get_registered_model("churn").aliases == {"champion": "2"}
    client.delete_registered_model_alias("churn", "champion")
    with pytest.raises(ModelNotFound, match="no alias 'champion'"):
        nbtrack.sklearn.load_model("models:/churn@champion")


def test_a_version_lives_through_the_calls_that_a_user_of_mlflow_knows(client: nbtrack.Client) -> None:
    made = client.create_registered_model("churn", tags={"team": "a"}, description="who leaves")
    assert (made.tags, made.description) == ({"team": "a"}, "who leaves")
    first = client.create_model_version("churn", "runs:/abc/model", run_id="abc", tags={"a": 1}, description="d")
    assert (first.version, first.tags, first.description, first.run_id) == ("1", {"a": "1"}, "d", "abc")
    client.set_model_version_tag("churn", "1", "checked", True)
    client.update_model_version("churn", 1, "better")
    moved = client.transition_model_version_stage("churn", 1, "production")
    assert (moved.current_stage, moved.description, moved.tags["checked"]) == ("Production", "better", "True")
    assert [version.version for version in client.get_latest_versions("churn", ["Production"])] == ["1"]
    assert client.get_latest_versions("churn", ["Staging"]) == []
    copied = client.copy_model_version("models:/churn/1", "churn-eu")
    assert (copied.name, copied.version, copied.source) == ("churn-eu", "1", "runs:/abc/model")
    client.rename_registered_model("churn", "leaving")
    client.delete_model_version_tag("leaving", 1, "checked")
    client.delete_model_version("leaving", 1)
    client.delete_registered_model("leaving")
    assert [model.name for model in client.search_registered_models()] == ["churn-eu"]
    with pytest.raises(InvalidInput, match="no stage 'prod'; there are None, Staging"):
        client.transition_model_version_stage("churn-eu", 1, "prod")


def test_a_logged_model_is_begun_finished_and_described_by_id(client: nbtrack.Client) -> None:
    with nbtrack.start_run() as run:
        made = client.create_logged_model("0", "net", source_run_id=run.info.run_id, params={"depth": 3})
    assert (made.status, made.params, made.model_uri) == ("PENDING", {"depth": "3"}, f"models:/{made.model_id}")
    client.log_model_params(made.model_id, {"width": 9})
    client.set_logged_model_tags(made.model_id, {"a": "b", "c": "d"})
    client.delete_logged_model_tag(made.model_id, "c")
    done = client.finalize_logged_model(made.model_id, "READY")
    assert (done.status, done.params, done.tags) == ("READY", {"depth": "3", "width": "9"}, {"a": "b"})
    client.delete_logged_model(made.model_id)
    assert client.get_logged_model(made.model_id).lifecycle == "deleted"


def test_a_run_notes_the_models_that_it_used_and_made(client: nbtrack.Client) -> None:
    model_id = client.create_logged_model("0", "net").model_id
    run_id = client.create_run("0").info.run_id
    client.log_inputs(run_id, models=[model_id])
    client.log_outputs(run_id, [ModelOutput(model_id, 5)])
    run = client.get_run(run_id)
    assert (run.inputs.model_inputs, run.outputs.model_outputs) == ((model_id,), (ModelOutput(model_id, 5),))


def test_a_metric_of_a_model_is_one_of_the_run_too(client: nbtrack.Client) -> None:
    model_id = client.create_logged_model("0", "net").model_id
    run_id = client.create_run("0").info.run_id
    client.log_metric(run_id, "f1", 0.9, step=2, model_id=model_id, dataset_name="wine", dataset_digest="d1")
    assert client.get_run(run_id).data.metrics == {"f1": 0.9}
    (point,) = client.get_logged_model(model_id).metrics
    assert (point.key, point.value, point.step, point.run_id) == ("f1", 0.9, 2, run_id)
    assert (point.dataset_name, point.dataset_digest) == ("wine", "d1")


def test_params_and_tags_may_come_as_mlflow_s_users_have_them(client: nbtrack.Client) -> None:
    run_id = client.create_run("0").info.run_id
    client.log_batch(run_id, params=[Param("a", "1"), Param("b", "2")], tags=[RunTag("c", "3")])
    (run,) = client.search_runs(["0"], 'params.a = "1"', run_view_type=ViewType.ALL)
    assert (run.data.params, run.data.tags["c"]) == ({"a": "1", "b": "2"}, "3")
    with pytest.raises(InvalidInput, match="'a' stands there twice"):
        client.log_batch(run_id, params=[Param("a", "1"), Param("a", "1")])


def test_a_nested_run_knows_its_parent(client: nbtrack.Client) -> None:
    with nbtrack.start_run() as parent, nbtrack.start_run(nested=True) as child:
        pass
    assert client.get_parent_run(child.info.run_id).info.run_id == parent.info.run_id
    assert client.get_parent_run(parent.info.run_id) is None


def test_models_versions_and_experiments_are_searched(client: nbtrack.Client) -> None:
    model_id = client.create_logged_model("0", "net", params={"depth": 3}).model_id
    client.create_logged_model("0", "tree")
    found = client.search_logged_models(
        ["0"], "params.depth = '3'", order_by=[{"field_name": "name", "ascending": False}]
    )
    assert [model.model_id for model in found] == [model_id]
    client.create_model_version("churn", "s3://b/m", tags={"checked": "yes"})
    assert [version.name for version in client.search_model_versions("tags.checked = 'yes'")] == ["churn"]
    client.create_registered_model("beer")
    first = client.search_registered_models("name != 'x'", max_results=1, order_by=["name DESC"])
    rest = client.search_registered_models("name != 'x'", max_results=1, order_by=["name DESC"], page_token=first.token)
    assert ([model.name for model in first + rest], rest.token) == (["churn", "beer"], None)
    nbtrack.create_experiment("wine", tags={"team": "red"})
    assert [found.name for found in nbtrack.search_experiments(filter_string="tags.team = 'red'")] == ["wine"]
