from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

import nbtrack
from nbtrack.entities import NewRun, StoredFile
from nbtrack.store import NewVersion, Store
from nbtrack.tracking.purging import Garbage, Gone, Kept, find_garbage, purge


def deleted_run(store: Store, name: str = "run") -> str:
    with nbtrack.start_run(run_name=name) as run:
        nbtrack.log_text("12345", "notes/a.txt")
        nbtrack.log_text("678", "b.txt")
    nbtrack.delete_run(run.info.run_id)
    return run.info.run_id


def folder_of(store: Store, run_id: str) -> Path:
    return Path(store.artifacts.uri(run_id))


def test_a_run_goes_with_its_artifacts(store: Store) -> None:
    run_id = deleted_run(store)
    (gone,) = purge(store, find_garbage(store))
    assert isinstance(gone, Gone)
    assert (gone.discarded.id, gone.artifacts.size_bytes) == (run_id, 8)
    assert not folder_of(store, run_id).exists()
    assert find_garbage(store) == Garbage((), ())


def test_only_what_is_old_enough_or_named_goes(store: Store) -> None:
    first, second = deleted_run(store), deleted_run(store)
    assert find_garbage(store, older_than_ms=60_000).going == ()
    assert [item.id for item in find_garbage(store, run_ids=[first]).going] == [first]
    assert {item.id for item in find_garbage(store, experiment_ids=["0"]).going} == {first, second}
    assert find_garbage(store, experiment_ids=["7"]).going == ()


def test_a_run_whose_files_a_registered_model_needs_stays_and_so_does_its_experiment(store: Store) -> None:
    experiment = nbtrack.set_experiment("wine")
    run_id = deleted_run(store)
    store.registry.create_version(NewVersion("clf", f"runs:/{run_id}/notes", 1))
    store.experiments.delete(experiment.experiment_id)
    kept = [(kept.discarded.kind, kept.reason) for kept in find_garbage(store).kept]
    assert kept == [("run", "its files are those of clf/1"), ("experiment", "it has runs that stay")]


def test_files_that_a_model_version_names_by_their_place_stay(store: Store) -> None:
    run_id = deleted_run(store)
    store.registry.create_version(NewVersion("clf", f"{store.artifacts.uri(run_id)}/notes", 1))
    assert [kept.reason for kept in find_garbage(store).kept] == ["its files are those of clf/1"]


def test_files_that_were_registered_between_looking_and_deleting_stay(store: Store) -> None:
    run_id = deleted_run(store)
    garbage = find_garbage(store)
    store.registry.create_version(NewVersion("clf", f"runs:/{run_id}/notes", 1))
    (kept,) = purge(store, garbage)
    assert isinstance(kept, Kept) and "model version" in kept.reason
    assert store.artifacts.local_path(run_id, "b.txt").read_text() == "678"
    store.runs.restore(run_id)


def test_an_experiment_with_a_run_whose_artifacts_cannot_be_deleted_stays(store: Store, tmp_path: Path) -> None:
    experiment = nbtrack.set_experiment("wine")
    place = folder_of(store, deleted_run(store))
    place.rename(tmp_path / "moved")
    place.symlink_to(tmp_path / "moved")
    store.experiments.delete(experiment.experiment_id)
    outcomes = [(outcome.discarded.kind, type(outcome)) for outcome in purge(store, find_garbage(store))]
    assert outcomes == [("run", Kept), ("experiment", Kept)]
    place.unlink()
    (tmp_path / "moved").rename(place)
    version = NewVersion("clf", f"mlflow-artifacts:/{experiment.experiment_id}/another-run/artifacts", 1)
    store.registry.create_version(version)
    assert [type(outcome) for outcome in purge(store, find_garbage(store))] == [Gone, Gone]


def test_an_experiment_with_a_run_that_was_restored_stays(store: Store) -> None:
    experiment = nbtrack.set_experiment("wine")
    run_id = deleted_run(store)
    store.experiments.delete(experiment.experiment_id)
    store.runs.restore(run_id)
    garbage = find_garbage(store)
    assert (garbage.going, [kept.reason for kept in garbage.kept]) == ((), ["it has runs that stay"])


def test_what_is_restored_between_looking_and_deleting_stays_whole(store: Store) -> None:
    run_id = deleted_run(store)
    garbage = find_garbage(store)
    store.runs.restore(run_id)
    (kept,) = purge(store, garbage)
    assert isinstance(kept, Kept) and "restored" in kept.reason
    assert store.artifacts.local_path(run_id, "b.txt").read_text() == "678"


def test_a_run_whose_artifacts_cannot_be_deleted_stays_and_the_others_go(store: Store, tmp_path: Path) -> None:
    stuck, other = deleted_run(store), deleted_run(store)
    place = folder_of(store, stuck)
    place.rename(tmp_path / "moved")
    place.symlink_to(tmp_path / "moved")
    outcomes = {outcome.discarded.id: type(outcome) for outcome in purge(store, find_garbage(store))}
    assert outcomes == {stuck: Kept, other: Gone}
    assert (tmp_path / "moved" / "b.txt").exists()
    place.unlink()
    (tmp_path / "moved").rename(place)
    assert [type(outcome) for outcome in purge(store, find_garbage(store))] == [Gone]


def test_a_place_that_is_not_for_the_run_alone_is_left_alone(store: Store, tmp_path: Path) -> None:
    shared = tmp_path / "results"
    shared.mkdir()
    (shared / "thesis.pdf").write_text("years of work")
    store.runs.create([NewRun("a" * 32, "imported", "0", 1, artifact_uri=str(shared))])
    store.artifacts.record("a" * 32, [StoredFile("thesis.pdf", 13, "0" * 64, 1)])
    store.runs.delete(["a" * 32])
    (gone,) = purge(store, find_garbage(store))
    assert isinstance(gone, Gone)
    assert gone.artifacts.left_alone == (str(shared),)
    with closing(sqlite3.connect(tmp_path / ".nbtrack" / "nbtrack.db")) as database:
        assert database.execute("SELECT count(*) FROM artifact_files").fetchone() == (0,)
    assert (shared / "thesis.pdf").exists()


KILLED = """
import os, sys
import nbtrack
from nbtrack.tracking.purging import find_garbage, purge
nbtrack.set_tracking_uri(sys.argv[1])
store = nbtrack.tracking.current_store()
steps_left = int(sys.argv[2])
def counted(step):
    def taken(*arguments, **options):
        global steps_left
        if steps_left == 0:
            os._exit(9)
        steps_left -= 1
        return step(*arguments, **options)
    return taken
store.artifacts.delete = counted(store.artifacts.delete)
store.purge.claim = counted(store.purge.claim)
store.purge.forget = counted(store.purge.forget)
list(purge(store, find_garbage(store)))
"""


@pytest.mark.parametrize("steps", range(4))
def test_who_is_killed_on_the_way_leaves_what_the_next_one_finishes(store: Store, tmp_path: Path, steps: int) -> None:
    run_ids = [deleted_run(store), deleted_run(store)]
    command = [sys.executable, "-c", KILLED, str(tmp_path / ".nbtrack"), str(steps)]
    assert subprocess.run(command, check=False).returncode == 9
    # Nothing is there whose artifacts are gone, except what can't be restored any more.
    assert {item.id for item in find_garbage(store).going} == set(run_ids)
    assert all(isinstance(outcome, Gone) for outcome in purge(store, find_garbage(store)))
    assert find_garbage(store).going == ()
    assert not any(folder_of(store, run_id).exists() for run_id in run_ids)
