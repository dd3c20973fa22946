from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from nbtrack.entities import Batch, Metric, NewRun, RunStatus
from nbtrack.errors import InvalidInput, NotAStore
from nbtrack.store import NewVersion, Store, open_store
from nbtrack.transfer import merge_into
from tests.transfer.contents import contents, fill


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Store]:
    store = open_store(str(tmp_path / "there"))
    yield store
    store.close()


@pytest.fixture
def run_id(here: Store) -> str:
    """Make a run in a store."""
    made = uuid.uuid4().hex
    batch = Batch((Metric("loss", 1.0, 1, 0), Metric("loss", 0.5, 2, 1)), {"depth": "8"}, {"stage": "dev"})
    here.runs.create([NewRun(made, "r", "0", 1, batch=batch)])
    return made


@pytest.fixture
def copied(here: Store, run_id: str, tmp_path: Path) -> Iterator[Store]:
    """Give a copy of the store, as it was when the run was made."""
    here.close()
    shutil.copytree(tmp_path / "here", tmp_path / "copied")
    store = open_store(str(tmp_path / "copied"))
    yield store
    store.close()


def points(store: Store, run_id: str) -> list[float]:
    return [point.value for point in store.metrics.history(run_id, "loss").points]


def test_an_empty_store_becomes_equal(here: Store, there: Store) -> None:
    fill(there)
    report = merge_into(here, there.uri)
    assert report.left_out == report.notes == []
    assert contents(here) == contents(there)
    assert sum(merge_into(here, there.uri).came.values()) == 0


def test_two_stores_become_one_with_all_that_either_had(here: Store, there: Store) -> None:
    ids = fill(here) + fill(there)
    report = merge_into(here, there.uri)
    assert here.records is not None
    assert set(here.records.of(ids)) == set(ids)
    (wine,) = [each for each in here.experiments.list() if each.name == "wine"]
    assert here.experiments.run_counts()[wine.experiment_id] == 4
    assert ("experiment", "wine") in {(note.kind, note.name) for note in report.notes}
    # Both had versions 1 and 2 of "tree": theirs became 3 and 4.
    sources = {version.version: version.source for version in here.registry.get("tree").versions}
    assert sorted(sources) == ["1", "2", "3", "4"]
    assert ids[4] in sources["3"]
    assert here.registry.get("tree").aliases == {"champion": "1"}
    texts = [note.reason for note in report.notes]
    assert "is version 3 here, since 1 is another one" in texts
    assert "stands for version 3 there and stays with 1 here" in texts


def test_a_run_that_went_on_elsewhere_gets_what_it_lacks(here: Store, copied: Store, run_id: str) -> None:
    copied.runs.log(run_id, Batch((Metric("loss", 0.25, 3, 2),), {"seed": "1"}, {"stage": "prod", "new": "1"}))
    copied.runs.log(run_id, Batch(status=RunStatus.FINISHED, ended_at_ms=9))
    copied.artifacts.put_bytes(run_id, "a.txt", b"hello")
    report = merge_into(here, copied.uri)
    run = here.runs.get(run_id)
    assert points(here, run_id) == [1.0, 0.5, 0.25]
    assert (run.data.params, run.data.tags) == ({"depth": "8", "seed": "1"}, {"stage": "prod", "new": "1"})
    assert (run.info.status, run.info.end_time) == ("FINISHED", 9)
    assert here.artifacts.local_path(run_id, "a.txt").read_bytes() == b"hello"
    assert (report.came["updated run"], report.came["point"], report.already_here["point"]) == (1, 1, 2)


def test_runs_that_went_on_in_both_keep_the_points_of_both(here: Store, copied: Store, run_id: str) -> None:
    here.runs.log(run_id, Batch((Metric("loss", 0.3, 3, 2), Metric("loss", 0.2, 4, 3)), {"a": "mine"}))
    copied.runs.log(run_id, Batch((Metric("loss", 0.4, 3, 2), Metric("loss", 0.2, 4, 3)), {"a": "yours"}))
    report = merge_into(here, copied.uri)
    assert sorted(points(here, run_id)) == [0.2, 0.3, 0.4, 0.5, 1.0]
    assert here.runs.get(run_id).data.params["a"] == "mine"
    assert [note.reason for note in report.notes] == ["param 'a' is 'yours' there and stays 'mine' here"]


def test_what_was_logged_twice_stays_twice(here: Store, copied: Store, run_id: str) -> None:
    here.runs.log(run_id, Batch((Metric("loss", 0.3, 3, 2),)))
    copied.runs.log(run_id, Batch((Metric("loss", 0.3, 3, 2), Metric("loss", 0.3, 3, 2))))
    merge_into(here, copied.uri)
    assert points(here, run_id) == [1.0, 0.5, 0.3, 0.3]


def test_a_newer_copy_here_keeps_its_tags(here: Store, copied: Store, run_id: str) -> None:
    here.runs.log(run_id, Batch(tags={"stage": "prod"}))
    here.runs.log(run_id, Batch(status=RunStatus.FINISHED, ended_at_ms=9))
    report = merge_into(here, copied.uri)
    assert here.runs.get(run_id).data.tags["stage"] == "prod"
    assert here.runs.get(run_id).info.status == "FINISHED"
    assert [note.reason for note in report.notes] == ["tag 'stage' is 'dev' there and stays 'prod' here"]


def test_a_file_that_differs_stays_and_is_told(here: Store, copied: Store, run_id: str) -> None:
    here.artifacts.put_bytes(run_id, "a.txt", b"mine")
    copied.artifacts.put_bytes(run_id, "a.txt", b"yours!")
    report = merge_into(here, copied.uri)
    assert here.artifacts.local_path(run_id, "a.txt").read_bytes() == b"mine"
    assert [(note.kind, note.name) for note in report.notes] == [("artifact", f"{run_id}/a.txt")]


def test_a_deleted_run_stays_deleted_here(here: Store, copied: Store, run_id: str) -> None:
    here.runs.delete([run_id])
    copied.runs.log(run_id, Batch(params={"late": "1"}))
    merge_into(here, copied.uri)
    assert here.runs.get(run_id).info.lifecycle_stage == "deleted"
    assert here.runs.get(run_id).data.params["late"] == "1"


def test_versions_of_the_same_source_are_the_same(here: Store, there: Store, run_id: str) -> None:
    for store, at_ms in ((here, 1), (there, 2)):
        store.registry.create_version(NewVersion("tree", f"runs:/{run_id}/model", at_ms))
    report = merge_into(here, there.uri)
    assert len(here.registry.get("tree").versions) == 1
    assert report.already_here["model version"] == 1


def test_what_waits_in_the_outbox_of_the_other_comes_too(here: Store, tmp_path: Path) -> None:
    import subprocess
    import sys

    script = (
        "import os, nbtrack\n"
        f"nbtrack.set_tracking_uri({str(tmp_path / 'there')!r})\n"
        "run = nbtrack.start_run()\n"
        "nbtrack.search_runs()\n"
        "nbtrack.log_metrics({f'm{n}': 1.0 for n in range(50)})\n"
        "os._exit(1)\n"
    )
    subprocess.run([sys.executable, "-c", script], timeout=60, check=False)
    report = merge_into(here, str(tmp_path / "there"))
    assert (report.came["run"], report.came["point"]) == (1, 50)


def test_a_store_is_not_merged_with_itself(here: Store, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "here")
    for place in (here.uri, str(tmp_path / "link"), f"sqlite:///{tmp_path}/here/nbtrack.db", f"{here.uri}/../here"):
        with pytest.raises(InvalidInput, match="is the store itself"):
            merge_into(here, place)


def test_what_is_no_store_is_named_and_not_made(here: Store, tmp_path: Path) -> None:
    for place in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(NotAStore, match="is no store of nbtrack"):
            merge_into(here, str(place))
    assert not (tmp_path / "nowhere").exists()
