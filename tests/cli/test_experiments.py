from __future__ import annotations

import nbtrack
from nbtrack.store import Store
from tests.cli.calling import asked, call


def test_an_experiment_is_made_renamed_tagged_and_shown(store: Store) -> None:
    made = asked("experiments", "create", "wine")["made"]
    assert call("experiments", "rename", "wine", "red wine").exit_code == 0
    assert call("experiments", "set-tag", "red wine", "owner", "ann").exit_code == 0
    shown = asked("experiments", "show", made["experiment_id"])
    assert (shown["name"], shown["tags"], shown["runs"]) == ("red wine", {"owner": "ann"}, 0)
    assert "owner" in call("experiments", "show", "red wine").output


def test_experiments_are_listed_with_their_runs(store: Store) -> None:
    nbtrack.set_experiment("wine")
    with nbtrack.start_run():
        pass
    nbtrack.flush()
    assert {each["name"]: each["runs"] for each in asked("experiments", "list")["experiments"]} == {
        "wine": 1,
        "Default": 0,
    }
    assert "wine" in call("experiments", "list").output


def test_a_deleted_experiment_comes_back_with_its_runs(store: Store) -> None:
    nbtrack.set_experiment("wine")
    with nbtrack.start_run(run_name="one"):
        pass
    nbtrack.flush()
    asking = call("experiments", "delete", "wine", answer="y\n")
    assert "Delete the experiment wine and its 1 run?" in asking.stderr
    assert asked("runs", "list")["runs"] == []
    assert [each["name"] for each in asked("experiments", "list", "--deleted")["experiments"]] == ["wine"]
    assert call("experiments", "restore", "wine").exit_code == 0
    assert [run["run_name"] for run in asked("runs", "list", "-e", "wine")["runs"]] == ["one"]


def test_the_default_experiment_stays(store: Store) -> None:
    answer = call("experiments", "delete", "Default", "--yes")
    assert answer.exit_code == 1
    assert "can't be deleted" in answer.stderr
