from __future__ import annotations

import pytest

import nbtrack
from nbtrack.store import Store
from tests.cli.calling import asked, call


@pytest.fixture
def forest(store: Store) -> str:
    with nbtrack.start_run(run_name="forest", tags={"stage": "dev"}) as run:
        nbtrack.log_params({"depth": 3, "seed": 0})
        nbtrack.log_metrics({"test_f1": 0.91234, "training_f1": 1.0, "system/cpu_utilization_percentage": 50.0})
        nbtrack.log_text("hello", "notes.txt")
    nbtrack.flush()
    return run.info.run_id


@pytest.fixture
def tree(store: Store) -> str:
    with nbtrack.start_run(run_name="tree") as run:
        nbtrack.log_params({"depth": 1, "seed": 0})
        nbtrack.log_metric("test_f1", float("nan"))
    nbtrack.flush()
    return run.info.run_id


def test_a_list_shows_the_metrics_that_tell_most_and_leaves_the_machine_out(forest: str) -> None:
    head, row = call("runs", "list").output.splitlines()
    assert head.split() == ["ID", "NAME", "STATUS", "STARTED", "DURATION", "PARAMS", "test_f1", "training_f1"]
    assert row.startswith(f"{forest[:8]}  forest  finished  ")
    assert row.endswith("0.9123            1")


def test_a_list_shows_what_the_filter_and_the_order_name_and_leaves_few_rows_empty(store: Store) -> None:
    for number in range(3):
        with nbtrack.start_run(run_name=f"candidate-{number}"):
            nbtrack.log_metrics(
                {"mean_fit_time": 0.1, "mean_test_score": 0.9, "rank_test_score": 1, "std_test_score": 0}
            )
    with nbtrack.start_run(run_name="tracked"):
        nbtrack.log_metrics({"test_f1": 0.9, "training_f1": 1.0})
    nbtrack.flush()
    assert call("runs", "list").output.splitlines()[0].split()[6:8] == ["mean_test_score", "test_f1"]
    head = call("runs", "list", "-f", "metrics.rank_test_score = 1 or age < 1d", "-o", "metrics.training_f1").output
    assert head.splitlines()[0].split()[6:] == ["rank_test_score", "training_f1", "mean_test_score"]


def test_a_list_in_json_is_exact(forest: str, tree: str) -> None:
    first, second = asked("runs", "list")["runs"]
    assert (first["run_id"], first["metrics"]["test_f1"]) == (tree, "NaN")
    assert (second["run_id"], second["metrics"]["test_f1"]) == (forest, 0.91234)
    assert second["params"] == {"depth": "3", "seed": "0"}


def test_a_search_takes_a_filter_an_order_and_columns(forest: str, tree: str) -> None:
    names = [run["run_name"] for run in asked("runs", "search", "params.seed = '0'", "-o", "params.depth ASC")["runs"]]
    assert names == ["tree", "forest"]
    shown = call("runs", "search", "metrics.test_f1 > 0.9", "--columns", "name,metrics.test_f1,params.depth,tags.stage")
    assert [line.split() for line in shown.output.splitlines()] == [
        ["NAME", "test_f1", "depth", "stage"],
        ["forest", "0.9123", "3", "dev"],
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("search", "metrics.f1 >"), "expected a value"),
        (("list", "-c", "name,size"), "no column 'size'"),
        (("list", "-e", "beer"), "No experiment 'beer'"),
        (("show", "nobody"), "No run 'nobody'"),
        (("restore", "forest"), "No run 'forest'"),
    ],
)
def test_a_mistake_is_told_on_stderr(forest: str, arguments: tuple[str, ...], message: str) -> None:
    answer = call("runs", *arguments)
    assert answer.exit_code == 1
    assert answer.stdout == ""
    assert message in answer.stderr


def test_what_is_wrong_on_the_line_itself_ends_with_code_2(store: Store) -> None:
    assert call("runs", "list", "--limit", "0").exit_code == 2


def test_a_run_is_named_by_id_by_the_beginning_of_one_or_by_name(forest: str) -> None:
    for name in (forest, forest[:8], "forest"):
        shown = asked("runs", "show", name)
        assert shown["run_id"] == forest
        assert shown["artifacts"] == [{"path": "notes.txt", "is_dir": False, "file_size": 5}]


def test_a_name_of_several_runs_is_refused_with_their_ids(forest: str) -> None:
    with nbtrack.start_run(run_name="forest") as other:
        pass
    answer = call("runs", "show", "forest")
    assert answer.exit_code == 1
    assert forest[:8] in answer.stderr and other.info.run_id[:8] in answer.stderr


def test_a_run_is_shown_with_all_that_is_known_of_it(forest: str) -> None:
    shown = call("runs", "show", "forest").output
    for text in (forest, "finished", "depth", "0.9123", "stage", "notes.txt", "5 B", "Default"):
        assert text in shown


def test_a_comparison_shows_what_differs(forest: str, tree: str) -> None:
    answer = call("runs", "compare", "forest", "tree")
    assert [line.split() for line in answer.stdout.splitlines()] == [
        ["KEY", "forest", "tree"],
        ["param", "depth", "3", "1"],
        ["metric", "test_f1", "0.9123", "nan"],
        ["metric", "training_f1", "1", "-"],
    ]
    assert "2 more are equal, or of the machine; --all shows them" in answer.stderr
    assert {"key": "seed", "values": ["0", "0"], "differs": False} in asked("runs", "compare", "forest", "tree")[
        "params"
    ]


def test_deleting_asks_and_can_be_taken_back(forest: str) -> None:
    assert call("runs", "delete", "forest", answer="n\n").exit_code == 1
    assert len(asked("runs", "list")["runs"]) == 1
    assert asked("runs", "delete", "forest", "--yes") == {"deleted": [forest]}
    assert "No runs in" in call("runs", "list").output
    assert [run["run_id"] for run in asked("runs", "list", "--deleted")["runs"]] == [forest]
    assert call("runs", "restore", forest[:8]).output == "Restored: forest.\n"
    assert len(asked("runs", "list")["runs"]) == 1
