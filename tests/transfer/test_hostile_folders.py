from __future__ import annotations

import os
from pathlib import Path

import pytest

from nbtrack.entities import Run
from nbtrack.store import RunQuery, Store
from nbtrack.transfer import import_into
from tests.transfer.mlflow_tables import write_database
from tests.transfer.mlruns import write_run, write_runs


def only_run(store: Store) -> Run:
    (run,) = store.runs.search(RunQuery(lifecycle=None)).runs
    return run


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """Give a folder outside of what is imported."""
    (tmp_path / "outside" / "1" / "run" / "artifacts").mkdir(parents=True)
    (tmp_path / "outside" / "1" / "run" / "artifacts" / "secret.txt").write_text("secret")
    return tmp_path / "outside" / "1" / "run" / "artifacts"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give the folder of one run."""
    (made,) = write_runs(tmp_path / "mlruns", 1, "1 0.5 0\n")
    return made


def test_links_are_not_followed(folder: Path, secret: Path, here: Store) -> None:
    file = secret / "secret.txt"
    for place in ("artifacts/link.txt", "params/link", "metrics/link"):
        (folder / place).symlink_to(file)
    (folder / "artifacts" / "linked").symlink_to(secret)
    (folder.parent / ("b" * 32)).symlink_to(folder)
    report = import_into(here, str(folder.parent.parent))
    assert {item.reason for item in report.left_out} == {"is a link, which is not followed"}
    assert len(report.left_out) == 4
    run = only_run(here)
    assert (run.data.params, list(here.artifacts.list(run.info.run_id))) == ({}, [])


def test_a_description_that_is_a_link_is_not_read(folder: Path, secret: Path, here: Store) -> None:
    (folder / "meta.yaml").rename(secret / "meta.yaml")
    (folder / "meta.yaml").symlink_to(secret / "meta.yaml")
    report = import_into(here, str(folder.parent.parent))
    assert [item.kind for item in report.left_out] == ["run"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_pipes_and_devices_are_not_read(folder: Path, here: Store) -> None:
    os.mkfifo(folder / "artifacts" / "pipe")
    os.mkfifo(folder / "params" / "pipe")
    report = import_into(here, str(folder.parent.parent))
    assert [item.reason for item in report.left_out] == ["is not a plain file"] * 2


@pytest.mark.parametrize(
    "yaml",
    [
        "a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]\n",
        "run_id: !!python/object/apply:os.system ['true']\n",
        "[" * 10_000,
        "- a list\n",
        "run_id: 5\nstatus: 3\n",
        "run_id: '../../etc'\nexperiment_id: '1'\nstatus: 3\n",
        f"run_id: '{'a' * 32}'\nexperiment_id: '1'\nstatus: 99\n",
        f"run_id: '{'a' * 32}'\nexperiment_id: '1'\nstatus: 3\nstart_time: {2**80}\n",
        f"run_id: '{'a' * 32}'\nexperiment_id: '2'\nstatus: 3\n",
        "x" * (16 * 1024 * 1024 + 1),
        "\x00",
        "",
    ],
)
def test_a_hostile_description_is_left_out(yaml: str, folder: Path, here: Store) -> None:
    (folder / "meta.yaml").write_text(yaml)
    write_run(folder.parent / ("c" * 32), "1 0.5 0\n")
    report = import_into(here, str(folder.parent.parent))
    assert [item.kind for item in report.left_out] == ["run"]
    assert only_run(here).info.run_id == "c" * 32


@pytest.mark.parametrize(
    "place",
    [
        "{secret}",
        "file://{secret}",
        "file:///etc",
        "file://localhost/etc",
        "../../outside/1/run/artifacts",
        "/",
        "mlflow-artifacts:/../../outside/1/run/artifacts",
        "mlflow-artifacts:/%2e%2e/%2e%2e/outside/1/run/artifacts",
    ],
)
def test_artifacts_from_outside_are_not_taken(place: str, folder: Path, secret: Path, here: Store) -> None:
    (folder / "artifacts").rmdir()
    with (folder / "meta.yaml").open("a") as meta:
        meta.write(f"artifact_uri: {place.format(secret=secret)}\n")
    report = import_into(here, str(folder.parent.parent))
    assert list(here.artifacts.list(only_run(here).info.run_id)) == []
    assert report.came["artifact"] == 0
    assert all("--artifacts-from" in item.reason for item in report.left_out)


def test_artifacts_from_a_place_that_is_allowed_are_taken(folder: Path, secret: Path, here: Store) -> None:
    (folder / "artifacts").rmdir()
    with (folder / "meta.yaml").open("a") as meta:
        meta.write(f"artifact_uri: file://{secret}\n")
    report = import_into(here, str(folder.parent.parent), allowed=[secret.parent])
    assert report.left_out == []
    assert [entry.path for entry in here.artifacts.list(only_run(here).info.run_id)] == ["secret.txt"]


def test_lines_that_are_no_points_are_counted_and_the_others_come(folder: Path, here: Store) -> None:
    lines = [b"1 0.5 0", b"", b"1", b"x y z", b"\xff\xfe", b"2 0.25 1 extra", b"9" * 50 + b" 1 1", b"x" * 5_000_000]
    (folder / "metrics" / "loss").write_bytes(b"\n".join([*lines, b"3 nan 2"]))
    report = import_into(here, str(folder.parent.parent))
    assert report.came["point"] == 3
    assert [item.reason for item in report.left_out] == ["line 3 and 4 more: no point (time, value, step)"]


def test_keys_and_values_that_cannot_be_kept_are_named(folder: Path, here: Store) -> None:
    (folder / "params" / "fine").write_text("1")
    (folder / "params" / "a#b").write_text("1")
    (folder / "params" / "binary").write_bytes(b"\xff")
    (folder / "params" / "nul").write_bytes(b"a\0b")
    (folder / "metrics" / "a#b").write_text("1 0.5 0\n")
    report = import_into(here, str(folder.parent.parent))
    assert only_run(here).data.params == {"fine": "1"}
    assert sorted(item.kind for item in report.left_out) == ["metric", "param", "param", "param"]


def test_ids_that_are_none_of_ours_become_lasting_ones(folder: Path, here: Store) -> None:
    strange = folder.with_name("my-run_1")
    write_run(strange, "1 0.5 0\n")
    (strange / "tags" / "mlflow.parentRunId").write_text("my-parent")
    root = str(folder.parent.parent)
    assert import_into(here, root).came["run"] == 2
    again = import_into(here, root)
    assert (again.came["run"], again.already_here["unchanged run"]) == (0, 2)


def test_a_database_with_anything_anywhere_is_no_crash(here: Store, tmp_path: Path) -> None:
    write_database(
        tmp_path / "mlflow.db",
        "INSERT INTO experiments VALUES (2, x'ff', 'active')",
        "INSERT INTO runs VALUES ('b', 'r', 'FINISHED', 'soon', 2, 'active', 1, NULL)",
        "INSERT INTO runs VALUES (x'ff', 'r', 'DANCING', 1, 2, 'active', 1, NULL)",
        "INSERT INTO metrics SELECT 'm', column1, column2, 1, 0, run_uuid FROM runs, "
        "(VALUES (0.5, 1), ('high', 1), (0.25, 'late'), (NULL, 1)) WHERE run_uuid LIKE 'aaa%'",
    )
    report = import_into(here, str(tmp_path / "mlflow.db"))
    assert (report.came["run"], report.came["point"]) == (1, 1)
    assert sorted(item.kind for item in report.left_out) == ["experiment", *["points"] * 3, "run", "run"]
