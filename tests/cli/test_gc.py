from __future__ import annotations

import nbtrack
from nbtrack.store import Store
from tests.cli.calling import asked, call


def deleted_run(name: str) -> str:
    with nbtrack.start_run(run_name=name) as run:
        nbtrack.log_text("x" * 1500, "notes.txt")
    nbtrack.delete_run(run.info.run_id)
    return run.info.run_id


def test_a_dry_run_shows_what_would_go_and_deletes_nothing(store: Store) -> None:
    run_id = deleted_run("old")
    shown = call("gc", "--dry-run").output
    assert "old" in shown and run_id in shown and "Would delete 1.5 kB of artifacts." in shown
    answer = asked("gc", "--dry-run")
    assert (answer["dry_run"], answer["size_bytes"], [item["id"] for item in answer["deleted"]]) == (
        True,
        1500,
        [run_id],
    )
    assert store.artifacts.local_path(run_id, "notes.txt").exists()


def test_it_asks_and_then_deletes_for_good(store: Store) -> None:
    run_id = deleted_run("old")
    refused = call("gc", answer="n\n")
    assert (refused.exit_code, "Delete 1 run for good?" in refused.stderr) == (1, True)
    assert asked("runs", "list", "--deleted")["runs"] != []
    done = asked("gc", "--yes")
    assert [item["id"] for item in done["deleted"]] == [run_id]
    assert asked("runs", "list", "--deleted")["runs"] == []
    assert "Nothing to delete for good." in call("gc").output


def test_only_what_is_old_enough_goes(store: Store) -> None:
    deleted_run("new")
    assert asked("gc", "--yes", "--older-than", "1d")["deleted"] == []
    assert len(asked("gc", "--yes", "--older-than", "0 s")["deleted"]) == 1


def test_an_age_that_is_none_is_refused(store: Store) -> None:
    answer = call("gc", "--older-than", "30")
    assert answer.exit_code == 1
    assert "number and a unit" in answer.stderr


def test_one_run_or_one_experiment_can_be_named(store: Store) -> None:
    nbtrack.set_experiment("wine")
    first, _second = deleted_run("first"), deleted_run("second")
    assert [item["id"] for item in asked("gc", "--yes", "--run", first[:8])["deleted"]] == [first]
    assert call("experiments", "delete", "wine", "--yes").exit_code == 0
    kinds = [item["kind"] for item in asked("gc", "--yes", "--experiment", "wine")["deleted"]]
    assert kinds == ["run", "experiment"]
    assert asked("experiments", "list", "--deleted")["experiments"] == []
