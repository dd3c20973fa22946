from __future__ import annotations

from pathlib import Path

import pytest
from sklearn.linear_model import LogisticRegression

import nbtrack
from nbtrack.entities import Dataset, ModelOutput, Param, RunTag, ViewType
from nbtrack.errors import InvalidInput, InvalidState, MalformedModel, ModelNotFound
from nbtrack.store import Store


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


def test_a_model_from_outside_is_copied_so_that_the_store_can_move(
    client: nbtrack.Client, store_folder: Path, tmp_path: Path
) -> None:
    nbtrack.sklearn.save_model(fitted(), tmp_path / "outside")
    made = nbtrack.register_model(tmp_path / "outside", "churn", tags={"checked": True}, description="first")
    assert (made.source, made.tags, made.description) == (f"models:/{made.model_id}", {"checked": "True"}, "first")
    by_client = client.create_model_version("churn", str(tmp_path / "outside"))
    assert by_client.source == f"models:/{by_client.model_id}"
    moved = store_folder.rename(tmp_path / "elsewhere")
    (tmp_path / "outside").rename(tmp_path / "gone")
    nbtrack.set_tracking_uri(moved)
    for uri in ("models:/churn/1", "models:/churn/latest", f"models:/{made.model_id}"):
        assert nbtrack.sklearn.load_model(uri).predict([[2.0]]) == [1]
    assert client.get_logged_model(made.model_id).status == "READY"


def test_a_folder_among_a_runs_artifacts_is_registered_as_that_of_the_run(client: nbtrack.Client) -> None:
    with nbtrack.start_run() as run:
        logged = nbtrack.sklearn.log_model(fitted(), "model")
        place = nbtrack.get_artifact_uri("model")
    expected = (f"runs:/{run.info.run_id}/model", run.info.run_id, logged.model_id)
    for uri in (place, f"file://{place}", logged.model_uri, f"models:/{logged.model_id}", "models:/churn/1"):
        made = nbtrack.register_model(uri, "churn")
        assert (made.source, made.run_id, made.model_id) == expected
    assert client.create_model_version("churn", place, run.info.run_id).source == expected[0]


def test_what_is_no_model_is_not_registered(client: nbtrack.Client, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(ModelNotFound, match="no MLmodel file"):
        nbtrack.register_model(tmp_path / "folder", "churn")
    with pytest.raises(ModelNotFound, match="no model at"):
        client.create_model_version("churn", str(tmp_path / "nothing"))
    (tmp_path / "folder" / "MLmodel").write_text("flavors: 1")
    with pytest.raises(MalformedModel):
        nbtrack.register_model(tmp_path / "folder", "churn")
    assert client.search_registered_models() == []
    with pytest.raises(ModelNotFound, match="needs its version too: models:/churn/1"):
        nbtrack.register_model("models:/churn", "churn")


def test_a_logged_model_gets_its_files_from_a_folder(client: nbtrack.Client, tmp_path: Path) -> None:
    nbtrack.sklearn.save_model(fitted(), tmp_path / "saved")
    begun = nbtrack.initialize_logged_model("net", params={"depth": 3})
    with pytest.raises(ModelNotFound, match=r"net, pending.* has no files"):
        nbtrack.pyfunc.load_model(begun.model_uri)
    client.log_model_artifacts(begun.model_id, tmp_path / "saved")
    nbtrack.finalize_logged_model(begun.model_id, "READY")
    nbtrack.log_model_params({"width": 9}, model_id=begun.model_id)
    assert nbtrack.pyfunc.load_model(begun.model_uri).predict([[2.0]]) == [1]
    (tmp_path / "notes.txt").write_text("good")
    client.log_model_artifact(begun.model_id, tmp_path / "notes.txt")
    assert {"MLmodel", "notes.txt"} <= {entry.path for entry in client.list_logged_model_artifacts(begun.model_id)}
    found = nbtrack.last_logged_model()
    assert found is not None
    assert (found.model_id, found.params) == (begun.model_id, {"depth": "3", "width": "9"})
    with nbtrack.start_run():
        of_run = nbtrack.sklearn.log_model(fitted(), "model")
    assert "MLmodel" in {entry.path for entry in client.list_logged_model_artifacts(of_run.model_id)}
    with pytest.raises(InvalidState, match="lie with its run"):
        client.log_model_artifact(of_run.model_id, tmp_path / "notes.txt")


def test_a_metric_of_a_model_and_a_dataset_is_logged_by_the_fluent_call(client: nbtrack.Client) -> None:
    with nbtrack.start_run() as run:
        external = nbtrack.create_external_model("vendor", tags={"team": "a"})
        nbtrack.log_metric("f1", 0.9, step=2, model_id=external.model_id, dataset=Dataset("wine", "d1"))
        with pytest.raises(ModelNotFound, match="No logged model 'm-typo'"):
            nbtrack.log_metrics({"f1": 0.9}, model_id="m-typo")
    (point,) = nbtrack.get_logged_model(external.model_id).metrics
    assert (point.value, point.step, point.run_id) == (0.9, 2, run.info.run_id)
    assert (point.dataset_name, point.dataset_digest) == ("wine", "d1")
    assert client.get_run(run.info.run_id).data.metrics == {"f1": 0.9}
    frame = nbtrack.search_logged_models(filter_string="metrics.f1 > 0.5 and tags.team = 'a'")
    assert list(frame.model_id) == [external.model_id]


def test_what_an_evaluation_measures_is_known_of_the_model(store: Store) -> None:
    import pandas as pd

    data = pd.DataFrame({"x": [0.0, 1.0, 0.0, 1.0], "y": [0, 1, 0, 1]})
    with nbtrack.start_run() as run:
        logged = nbtrack.sklearn.log_model(fitted(), "model", registered_model_name="churn")
    for model in ("models:/churn/1", nbtrack.pyfunc.load_model("models:/churn/1")):
        nbtrack.evaluate(model, data, "y", run_id=run.info.run_id, dataset_name="wine", explain=False)
    points = [point for point in nbtrack.get_logged_model(logged.model_id).metrics if point.key == "accuracy_score"]
    assert [(point.value, point.run_id, point.dataset_name) for point in points] == [(1.0, run.info.run_id, "wine")] * 2


def test_searches_return_everything_without_a_limit(client: nbtrack.Client) -> None:
    for _ in range(3):
        client.create_model_version("churn", "s3://b/m")
    nbtrack.set_registered_model_alias("churn", "champion", 2)
    nbtrack.set_model_version_tag("churn", 2, "checked", "yes")
    assert len(nbtrack.search_model_versions(filter_string="name = 'churn'")) == 3
    assert [version.aliases for version in nbtrack.search_model_versions(1, "tags.checked = 'yes'")] == [("champion",)]
    assert [model.name for model in nbtrack.search_registered_models()] == ["churn"]
