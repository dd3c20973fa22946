from __future__ import annotations

import math

import pandas as pd
import pytest

import nbtrack
from nbtrack.errors import AlreadyExists, ExperimentNotFound, InvalidFilter, InvalidInput
from nbtrack.store import Store


@pytest.fixture
def three_runs(store: Store) -> list[str]:
    """Three runs of one experiment: a, b, c, with losses 1, 2 and NaN."""
    nbtrack.set_experiment("search")
    ids = []
    for name, loss in (("a", 1.0), ("b", 2.0), ("c", math.nan)):
        with nbtrack.start_run(run_name=name) as run:
            nbtrack.log_metric("loss", loss)
            nbtrack.log_param("name", name)
        ids.append(run.info.run_id)
    return ids


def names(frame: pd.DataFrame) -> list[str]:
    return list(frame["run_name"])


def test_runs_go_to_the_chosen_experiment(store: Store) -> None:
    experiment = nbtrack.set_experiment("wine")
    with nbtrack.start_run() as run:
        pass
    assert run.info.experiment_id == experiment.experiment_id
    assert nbtrack.set_experiment("wine").experiment_id == experiment.experiment_id
    found = nbtrack.get_experiment_by_name("wine")
    assert found is not None
    assert found.experiment_id == experiment.experiment_id


def test_without_a_choice_runs_go_to_the_default_or_that_of_the_environment(store: Store, monkeypatch) -> None:
    with nbtrack.start_run() as run:
        pass
    assert nbtrack.get_experiment(run.info.experiment_id).name == "Default"
    monkeypatch.setenv("NBTRACK_EXPERIMENT_NAME", "from-env")
    with nbtrack.start_run() as run:
        pass
    assert nbtrack.get_experiment(run.info.experiment_id).name == "from-env"


def test_a_name_can_be_taken_once_and_is_free_after_deletion(store: Store) -> None:
    first = nbtrack.create_experiment("e", tags={"team": "red"})
    with pytest.raises(AlreadyExists):
        nbtrack.create_experiment("e")
    assert nbtrack.get_experiment(first).tags == {"team": "red"}
    nbtrack.delete_experiment(first)
    assert nbtrack.get_experiment_by_name("e") is None
    second = nbtrack.create_experiment("e")
    with pytest.raises(AlreadyExists):
        nbtrack.restore_experiment(first)
    nbtrack.delete_experiment(second)
    nbtrack.restore_experiment(first)
    assert [found.name for found in nbtrack.search_experiments()] == ["e", "Default"]


def test_tags_of_the_chosen_experiment(store: Store) -> None:
    nbtrack.set_experiment("tagged")
    nbtrack.set_experiment_tags({"a": 1})
    nbtrack.set_experiment_tag("b", 2)
    found = nbtrack.get_experiment_by_name("tagged")
    assert found is not None
    assert found.tags == {"a": "1", "b": "2"}


def test_choosing_no_experiment_or_an_unknown_one_is_refused(store: Store) -> None:
    with pytest.raises(TypeError, match="experiment_id"):
        nbtrack.set_experiment()
    with pytest.raises(ExperimentNotFound):
        nbtrack.set_experiment(experiment_id="99999")


def test_another_store_has_its_own_chosen_experiment(store: Store, tmp_path) -> None:
    nbtrack.set_experiment("here")
    nbtrack.set_tracking_uri(tmp_path / "other")
    with nbtrack.start_run() as run:
        pass
    assert nbtrack.get_experiment(run.info.experiment_id).name == "Default"


def test_found_runs_are_a_frame_newest_first(three_runs: list[str]) -> None:
    frame = nbtrack.search_runs()
    assert list(frame["run_id"]) == three_runs[::-1]
    assert list(frame.columns[:7]) == [
        "run_id", "experiment_id", "run_name", "status", "artifact_uri", "start_time", "end_time",
    ]  # fmt: skip
    assert str(frame["start_time"].dtype).endswith("UTC]")
    assert frame["metrics.loss"].dtype == "float64"
    assert set(frame["status"]) == {"FINISHED"}


def test_no_runs_are_an_empty_frame_with_the_same_columns(store: Store) -> None:
    frame = nbtrack.search_runs()
    assert len(frame) == 0
    assert "run_id" in frame.columns


def test_runs_are_filtered_and_ordered(three_runs: list[str]) -> None:
    assert names(nbtrack.search_runs(filter_string="metrics.loss < 2")) == ["a"]
    assert names(nbtrack.search_runs(filter_string="params.name = 'b' and metrics.loss > 1")) == ["b"]
    assert names(nbtrack.search_runs(order_by=["metrics.loss DESC"])) == ["b", "a", "c"]
    assert names(nbtrack.search_runs(order_by=["params.name ASC"], max_results=2)) == ["a", "b"]
    assert names(nbtrack.search_runs(filter_string="attributes.run_name LIKE 'c%'")) == ["c"]


def test_experiments_are_named_or_all_of_them(three_runs: list[str]) -> None:
    nbtrack.set_experiment("elsewhere")
    assert len(nbtrack.search_runs()) == 0
    assert len(nbtrack.search_runs(experiment_names=["search"])) == 3
    assert len(nbtrack.search_runs(search_all_experiments=True)) == 3
    with pytest.raises(ExperimentNotFound):
        nbtrack.search_runs(experiment_names=["nowhere"])


def test_deleted_runs_are_found_only_when_asked_for(three_runs: list[str]) -> None:
    nbtrack.delete_run(three_runs[0])
    assert len(nbtrack.search_runs()) == 2
    assert names(nbtrack.search_runs(run_view_type=2)) == ["a"]
    assert len(nbtrack.search_runs(run_view_type=3)) == 3
    nbtrack.Client().restore_run(three_runs[0])
    assert len(nbtrack.search_runs()) == 3


def test_a_wrong_filter_shows_the_place(three_runs: list[str]) -> None:
    with pytest.raises(InvalidFilter, match=r"\^"):
        nbtrack.search_runs(filter_string="metrics.loss <")
    with pytest.raises(InvalidFilter, match="number"):
        nbtrack.search_runs(filter_string="metrics.loss < 'x'")
    with pytest.raises(InvalidInput, match="pandas"):
        nbtrack.search_runs(output_format="json")
    with pytest.raises(InvalidInput, match="ACTIVE_ONLY"):
        nbtrack.search_runs(run_view_type=7)


def test_what_a_run_lacks_is_missing_in_the_frame(store: Store) -> None:
    with nbtrack.start_run(run_name="with"):
        nbtrack.log_metric("m", 1)
        nbtrack.log_param("p", "x")
    with nbtrack.start_run(run_name="without"):
        pass
    frame = nbtrack.search_runs().set_index("run_name")
    assert math.isnan(frame.loc["without", "metrics.m"])
    assert pd.isna(frame.loc["without", "params.p"])


def test_the_client_works_by_ids_without_an_active_run(store: Store) -> None:
    client = nbtrack.Client()
    experiment_id = client.create_experiment("by-id")
    run = client.create_run(experiment_id, start_time=1234, run_name="r", tags={"t": 1})
    client.log_param(run.info.run_id, "p", 1)
    client.log_metric(run.info.run_id, "m", 0.5, step=2)
    client.set_tag(run.info.run_id, "u", 2)
    client.log_text(run.info.run_id, "hi", "a.txt")
    client.update_run(run.info.run_id, name="renamed")
    client.set_terminated(run.info.run_id, "FAILED", end_time=5678)
    found = client.get_run(run.info.run_id)
    assert (found.info.run_name, found.info.status, found.info.start_time, found.info.end_time) == (
        "renamed", "FAILED", 1234, 5678,
    )  # fmt: skip
    assert (found.data.params, found.data.metrics) == ({"p": "1"}, {"m": 0.5})
    assert [entry.path for entry in client.list_artifacts(run.info.run_id)] == ["a.txt"]
    assert nbtrack.active_run() is None
    assert [hit.info.run_id for hit in client.search_runs([experiment_id])] == [run.info.run_id]


def test_a_client_of_another_store_leaves_the_open_one_alone(store: Store, tmp_path) -> None:
    client = nbtrack.Client(str(tmp_path / "other"))
    run = client.create_run("0")
    client.log_metric(run.info.run_id, "m", 1)
    assert client.get_run(run.info.run_id).data.metrics == {"m": 1.0}
    assert nbtrack.get_tracking_uri() == store.uri
    assert len(nbtrack.search_runs(search_all_experiments=True)) == 0


def test_a_client_turns_pages(three_runs: None) -> None:
    client = nbtrack.Client()
    first = client.search_runs([], order_by=["metrics.loss"], max_results=2)
    assert first.token is not None
    rest = client.search_runs([], order_by=["metrics.loss"], max_results=2, page_token=first.token)
    assert [run.info.run_name for run in (*first, *rest)] == ["a", "b", "c"]
    assert rest.token is None


def test_a_misspelt_key_is_told_where_it_explains_the_answer(three_runs: None, capsys) -> None:
    assert len(nbtrack.search_runs(filter_string="metrics.losss < 1")) == 0
    assert "did you mean metrics.loss?" in capsys.readouterr().err
    nbtrack.Client().search_runs([], order_by=["metrics.lss"])
    assert "did you mean metrics.loss?" in capsys.readouterr().err
    nbtrack.search_runs(filter_string="metrics.loss > 1e9")
    nbtrack.search_runs(filter_string="metrics.nothing_like_it > 1")
    assert capsys.readouterr().err == ""
