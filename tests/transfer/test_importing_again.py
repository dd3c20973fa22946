"""What came before is not read again, unless something happened to it there or here."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from nbtrack.entities import Batch, Metric, RunStatus
from nbtrack.store import Store, open_store
from nbtrack.transfer import Choice, Report, export_from, import_into, merge_into, open_destination
from tests.store.tracking_servers import MlflowProcess, ServerProcess, needs_mlflow
from tests.transfer.contents import contents, fill
from tests.transfer.mlflow_tables import RUN_ID, write_database
from tests.transfer.mlruns import write_run, write_runs

Change = Callable[[], object]


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    """Give the folders of three runs of a source, each with a file."""
    made = write_runs(tmp_path / "mlruns", 3, "1 0.5 0\n")
    for folder in made:
        (folder / "tags" / "note").write_text("a")
        (folder / "artifacts" / "a.txt").write_text("hello")
    return made


def imported(here: Store, folders: list[Path], **options: bool) -> Report:
    return import_into(here, str(folders[0].parent.parent), **options)


def test_unchanged_runs_are_not_read_again_unless_that_is_asked_for(here: Store, folders: list[Path]) -> None:
    imported(here, folders)
    # So that it would show if it were read: another value of the same length and age.
    file = folders[0] / "metrics" / "loss"
    before = file.stat()
    file.write_text("1 0.7 0\n")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    again = imported(here, folders)
    assert (again.came["point"], dict(again.already_here)) == (0, {"experiment": 1, "unchanged run": 3})
    assert imported(here, folders, is_recheck=True).came["point"] == 1


def test_what_changed_at_the_source_is_compared(here: Store, folders: list[Path]) -> None:
    imported(here, folders)
    root = folders[0].parent
    changes: list[Change] = [
        lambda: (folders[0] / "metrics" / "loss").write_text("1 0.5 0\n2 0.25 1\n"),
        lambda: (folders[1] / "metrics" / "acc").write_text("1 0.5 0\n"),
        lambda: (folders[2] / "params" / "late").write_text("1"),
        lambda: (folders[1] / "artifacts" / "late.txt").write_text("late"),
        lambda: write_run(root / ("e" * 32), "1 0.5 0\n"),
    ]
    for at, change in enumerate(changes):
        change()
        report = imported(here, folders)
        is_new = at == len(changes) - 1
        assert report.already_here["unchanged run"] == (3 if is_new else 2), at
        assert report.came["updated run"] + report.came["artifact"] + report.came["run"] == 1, at


def test_what_differs_is_told_each_time(here: Store, folders: list[Path]) -> None:
    (folders[0] / "artifacts" / "link").symlink_to("/etc/passwd")
    imported(here, folders)
    (folders[1] / "tags" / "note").write_text("b")
    for _ in range(2):
        report = imported(here, folders)
        assert (len(report.left_out), len(report.notes), report.already_here["unchanged run"]) == (1, 1, 1)


def test_what_changed_here_is_compared(here: Store, folders: list[Path]) -> None:
    imported(here, folders)
    first, second, _ = (folder.name for folder in folders)
    here.runs.delete_tag(first, "note")
    here.runs.log(second, Batch(tags={"mine": "1"}))
    report = imported(here, folders)
    assert (report.came["updated run"], report.already_here["unchanged run"]) == (1, 1)
    assert here.runs.get(first).data.tags["note"] == "a"
    assert imported(here, folders).already_here["unchanged run"] == 3


def test_a_run_that_was_deleted_here_stays_deleted_and_one_that_is_gone_comes_again(
    here: Store, folders: list[Path]
) -> None:
    imported(here, folders)
    first, second, _ = (folder.name for folder in folders)
    here.runs.delete([first, second])
    deleted = here.purge.find(deleted_before_ms=2**60)
    here.artifacts.delete(first)
    here.purge.forget(here.purge.claim([each for each in deleted if each.id == first], at_ms=1))
    report = imported(here, folders)
    assert (report.came["run"], report.came["artifact"]) == (1, 1)
    assert here.runs.get(first).info.lifecycle_stage == "active"
    assert here.runs.get(second).info.lifecycle_stage == "deleted"


def test_files_that_were_left_out_before_come_when_they_are_wanted(here: Store, folders: list[Path]) -> None:
    imported(here, folders, with_artifacts=False)
    assert imported(here, folders, with_artifacts=False).already_here["unchanged run"] == 3
    assert imported(here, folders).came["artifact"] == 3
    assert imported(here, folders, with_artifacts=False).already_here["unchanged run"] == 3
    assert imported(here, folders).already_here["unchanged run"] == 3


def test_a_choice_by_time_does_not_count_others(here: Store, folders: list[Path]) -> None:
    imported(here, folders)
    report = import_into(here, str(folders[0].parent.parent), choice=Choice(since_ms=2**50))
    assert report.already_here["unchanged run"] == report.already_here["run"] == 0


@pytest.mark.parametrize(
    "change",
    [
        "INSERT INTO metrics VALUES ('loss', 0.25, 2, 1, 0, ?)",
        "INSERT INTO params VALUES ('late', '1', ?)",
        "UPDATE tags SET value = 'b' WHERE run_uuid = ?",
        "UPDATE runs SET end_time = 3 WHERE run_uuid = ?",
    ],
)
def test_a_database_that_changed_is_read(change: str, here: Store, tmp_path: Path) -> None:
    file = write_database(
        tmp_path / "mlflow.db",
        ("INSERT INTO metrics VALUES ('loss', 0.5, 1, 0, 0, ?)", (RUN_ID,)),
        ("INSERT INTO tags VALUES ('note', 'a', ?)", (RUN_ID,)),
    )
    import_into(here, str(file))
    assert import_into(here, str(file)).already_here["unchanged run"] == 1
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(change, (RUN_ID,))
    report = import_into(here, str(file))
    assert report.came["updated run"] + len(report.notes) == 1
    assert report.already_here["unchanged run"] == 0


def test_an_archive_and_a_store_are_known_again(here: Store, tmp_path: Path) -> None:
    there = open_store(str(tmp_path / "there"))
    first, *_ = fill(there)
    report = Report(there.uri, "")
    export_from(
        there, open_destination(str(tmp_path / "a.zip"), None, report, with_artifacts=True), report, choice=Choice()
    )
    import_into(here, str(tmp_path / "a.zip"))
    again = import_into(here, str(tmp_path / "a.zip"))
    assert (again.already_here["unchanged run"], again.already_here["unchanged model"]) == (4, 2)
    assert merge_into(here, there.uri).already_here["unchanged run"] == 0  # it came from an archive
    assert merge_into(here, there.uri).already_here["unchanged run"] == 4
    there.runs.log(first, Batch((Metric("loss", 0.1, 200, 99),)))
    there.artifacts.put_bytes(first, "late.txt", b"late")
    grown = merge_into(here, there.uri)
    assert (grown.came["point"], grown.came["artifact"], grown.already_here["unchanged run"]) == (1, 1, 3)
    assert contents(here) == contents(there)
    there.close()


@pytest.mark.parametrize("kind", ["nbtrack", pytest.param("mlflow", marks=needs_mlflow)])
def test_a_servers_runs_that_have_ended_are_known_again(kind: str, here: Store, tmp_path: Path) -> None:
    server = (MlflowProcess if kind == "mlflow" else ServerProcess)(tmp_path)
    server.start()
    try:
        source = open_store(str(tmp_path / "source"))
        fill(source)
        report = Report(source.uri, server.url)
        export_from(source, open_destination(server.url, None, report, with_artifacts=True), report, choice=Choice())
        source.close()
        first = import_into(here, server.url)
        again = import_into(here, server.url)
        assert (again.already_here["unchanged run"], again.came.total()) == (first.came["run"], 0) == (2, 0)
        there = open_store(server.url)
        run = next(run for run in here.records.page(_experiment(here)) if run.new.name == "first")  # type: ignore[union-attr]
        there.runs.log(run.run_id, Batch((Metric("loss", 0.1, 10**13, 99),), status=RunStatus.RUNNING))
        there.close()
        assert import_into(here, server.url).came["point"] == 1
        assert import_into(here, server.url).already_here["unchanged run"] == 1  # the other still runs
    finally:
        server.kill()


def _experiment(store: Store) -> str:
    found = store.experiments.find("wine")
    assert found is not None
    return found.experiment_id
