"""Each thing that can be wrong with a store, made wrong, found, and put right where that takes no decision."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from nbtrack.cli import main
from nbtrack.entities import Batch, Metric, NewRun, RunStatus, Session
from nbtrack.outbox.records import runs_payload
from nbtrack.outbox.segments import framed
from nbtrack.store import Presence, Store, host_name, open_store
from nbtrack.store.sql import SqlStore
from nbtrack.store.sql.database import Database
from nbtrack.store.sql.dialects import SqliteBackend
from nbtrack.store.sql.schema import HEAD, migrate


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / ".nbtrack"


@pytest.fixture
def store(folder: Path) -> Iterator[Store]:
    opened = open_store(str(folder))
    yield opened
    opened.close()


@pytest.fixture
def run_id(store: Store) -> str:
    run_id = uuid.uuid4().hex
    points = tuple(Metric("m", value, 1, step) for step, value in enumerate((0.5, float("nan"), 2.0, 1.0)))
    store.runs.create([NewRun(run_id, "run", "0", 1, status=RunStatus.FINISHED, batch=Batch(points))])
    store.artifacts.put_bytes(run_id, "a.txt", b"x")
    return run_id


def doctor(folder: Path, *options: str) -> tuple[int, dict[str, Any]]:
    answer = CliRunner().invoke(main, ["doctor", "--store", str(folder), "--json", *options])
    assert answer.exit_code in (0, 1), answer.output
    return answer.exit_code, json.loads(answer.stdout)


def kinds(folder: Path, *options: str) -> list[str]:
    exit_code, found = doctor(folder, *options)
    assert found["healthy"] == (exit_code == 0) == (not found["findings"])
    assert all(finding["message"] and finding["advice"] for finding in found["findings"])
    return [finding["kind"] for finding in found["findings"]]


def assert_repair_heals(folder: Path, kind: str) -> None:
    assert kinds(folder) == [kind]
    assert kinds(folder) == [kind]  # looking changes nothing
    exit_code, found = doctor(folder, "--repair")
    assert (exit_code, found["findings"]) == (0, [])
    assert [finding["kind"] for finding in found["repaired"]] == [kind]
    assert kinds(folder) == []


def change(folder: Path, *statements: str) -> None:
    with closing(sqlite3.connect(folder / "nbtrack.db", isolation_level=None)) as database:
        for statement in statements:
            database.execute(statement)


def test_a_healthy_store_is_told_to_be_well(store: Store, folder: Path, run_id: str) -> None:
    assert kinds(folder) == []
    answer = CliRunner().invoke(main, ["doctor", "--store", str(folder)])
    assert answer.exit_code == 0
    assert "All is well." in answer.output
    assert f"schema {HEAD}" in answer.output
    assert "all that was logged is stored" in answer.output


def test_no_store_is_made_by_looking_for_one(tmp_path: Path) -> None:
    answer = CliRunner().invoke(main, ["doctor", "--store", str(tmp_path / "none")])
    assert answer.exit_code == 1
    assert "There is no store" in answer.stderr
    assert not list(tmp_path.iterdir())


def test_what_is_found_is_told_in_words_with_what_to_do(store: Store, folder: Path, run_id: str) -> None:
    change(folder, "UPDATE metric_summaries SET max = 9")
    answer = CliRunner().invoke(main, ["doctor", "--store", str(folder)])
    assert answer.exit_code == 1
    assert "The summaries of 1 metrics don't agree" in answer.output
    assert "nbtrack doctor --repair" in answer.output
    repaired = CliRunner().invoke(main, ["doctor", "--store", str(folder), "--repair"])
    assert repaired.exit_code == 0
    assert "Repaired" in repaired.output and "All is well." in repaired.output


@pytest.mark.parametrize(
    "wrong", ["first = 9", "last = 9", "min = -1", "max = NULL", "count = 3", "last_step = 7", "first = NULL"]
)
def test_summaries_that_disagree_with_their_points(store: Store, folder: Path, run_id: str, wrong: str) -> None:
    before = store.metrics.summaries(run_id)
    change(folder, f"UPDATE metric_summaries SET {wrong}")  # noqa: S608 a constant above
    assert_repair_heals(folder, "summaries-wrong")
    assert store.metrics.summaries(run_id) == before


def test_segments_of_dead_processes(store: Store, folder: Path, run_id: str) -> None:
    late = NewRun(uuid.uuid4().hex, "late", "0", 1, status=RunStatus.FINISHED)
    store.outbox.mkdir(mode=0o700)
    segment = store.outbox / "1-left.segment"
    segment.touch(0o600)
    segment.write_bytes(framed(runs_payload(None, [late])))
    assert doctor(folder)[1]["backlog"]["left_bytes"] == segment.stat().st_size
    assert_repair_heals(folder, "backlog-left")
    assert store.runs.get(late.run_id).info.run_name == "late"


def test_a_damaged_segment_is_kept_for_the_user(store: Store, folder: Path, run_id: str) -> None:
    store.outbox.mkdir(mode=0o700)
    (store.outbox / "1-left.damaged").touch(0o600)
    assert kinds(folder, "--repair") == ["segment-damaged"]
    assert (store.outbox / "1-left.damaged").exists()


def test_runs_of_dead_processes(store: Store, folder: Path, run_id: str) -> None:
    session = Session(uuid.uuid4().hex, host_name(), "an earlier boot/1", 1, 1, time.time_ns() // 1_000_000)
    store.sessions.open(session)
    open_run = uuid.uuid4().hex
    store.runs.create([NewRun(open_run, "open", "0", 1, session_id=session.session_id)])
    assert kinds(folder) == []  # it may live on another machine
    Presence(store.outbox, session.session_id).disown()
    assert_repair_heals(folder, "runs-of-dead")
    assert store.runs.get(open_run).info.status == "KILLED"


def test_files_that_never_became_whole_are_removed_after_a_day(store: Store, folder: Path, run_id: str) -> None:
    partial = folder / "artifacts" / run_id / ".nbtrack-partial-1"
    partial.write_bytes(b"x")
    assert kinds(folder) == []  # it may just be arriving
    long_ago = time.time() - 2 * 86_400
    os.utime(partial, (long_ago, long_ago))
    assert_repair_heals(folder, "partial-files")
    assert not partial.exists()
    assert (folder / "artifacts" / run_id / "a.txt").exists()


def test_artifacts_of_nobody_are_left_to_the_user(store: Store, folder: Path, run_id: str) -> None:
    orphan = folder / "artifacts" / uuid.uuid4().hex
    orphan.mkdir()
    assert kinds(folder, "--repair") == ["artifacts-orphaned"]
    assert orphan.exists()


@pytest.mark.skipif(os.name == "nt", reason="other permissions")
def test_artifacts_that_are_not_what_was_stored(store: Store, folder: Path, run_id: str) -> None:
    files = [store.artifacts.put_bytes(run_id, f"d/{number}.txt", b"content") for number in range(3)]
    store.artifacts.record(run_id, files)
    assert kinds(folder, "--checksums") == []
    (folder / "artifacts" / run_id / "d" / "0.txt").write_bytes(b"another")
    (folder / "artifacts" / run_id / "d" / "1.txt").write_bytes(b"")
    (folder / "artifacts" / run_id / "d" / "2.txt").unlink()
    assert kinds(folder) == []
    (finding,) = doctor(folder, "--checksums", "--repair")[1]["findings"]
    assert (finding["kind"], finding["repairable"]) == ("artifacts-changed", False)
    assert finding["message"] == f"Artifacts of {run_id} are not what was stored: d/0.txt, d/1.txt."


def test_what_others_can_read_is_closed_to_them(store: Store, folder: Path, run_id: str) -> None:
    for path in (folder / "nbtrack.db", folder / "artifacts"):
        path.chmod(path.stat().st_mode | 0o055)
    assert_repair_heals(folder, "permissions-open")
    assert (folder / "nbtrack.db").stat().st_mode & 0o777 == 0o600


def test_rows_whose_parent_is_gone(store: Store, folder: Path, run_id: str) -> None:
    change(folder, "INSERT INTO params VALUES ('no such run', 'depth', '3')")
    assert kinds(folder, "--repair") == ["rows-without-parent"]


def test_points_whose_metric_is_gone(store: Store, folder: Path, run_id: str) -> None:
    change(folder, "DELETE FROM metric_summaries")
    assert kinds(folder) == ["points-without-metric"]


def test_metrics_whose_points_are_gone(store: Store, folder: Path, run_id: str) -> None:
    change(folder, "DELETE FROM metrics")
    assert kinds(folder, "--repair") == ["metrics-without-points"]
    assert store.metrics.summaries(run_id)[0].count == 4


def test_a_damaged_database_is_told_and_left_alone(store: Store, folder: Path, run_id: str) -> None:
    store.runs.create([NewRun(uuid.uuid4().hex, f"r{number}", "0", number) for number in range(2_000)])
    store.close()
    file = folder / "nbtrack.db"
    change(folder, "PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(file.read_bytes())
    page = len(content) // 2 // 4096 * 4096
    content[page : page + 4096 * 8] = b"\xff" * 4096 * 8
    file.write_bytes(content)
    found = kinds(folder)
    assert found and set(found) <= {"database-damaged", "store-unusable"}
    assert kinds(folder, "--repair") == found
    assert file.read_bytes() == content


def test_a_store_of_an_older_version_is_brought_up_to_date_when_asked(tmp_path: Path) -> None:
    folder = tmp_path / ".nbtrack"
    folder.mkdir()
    database = Database(SqliteBackend(folder / "nbtrack.db"), uri="store")
    with database.transaction() as connection:
        migrate(connection, target="0003")
    database.close()
    (folder / "nbtrack.db").chmod(0o600)
    assert_repair_heals(folder, "schema-old")


def test_a_store_of_a_newer_version_says_how_to_go_on(store: Store, folder: Path) -> None:
    change(folder, "UPDATE alembic_version SET version_num = '9999'")
    exit_code, found = doctor(folder, "--repair")
    assert exit_code == 1
    assert [finding["kind"] for finding in found["findings"]] == ["store-unusable"]
    assert "pip install -U nbtrack" in found["findings"][0]["message"]


def test_a_store_on_postgresql_is_examined_and_repaired_too(postgresql_uri: str) -> None:
    with closing(open_store(postgresql_uri)) as store:
        assert isinstance(store, SqlStore)
        points = tuple(Metric("m", value, 1, step) for step, value in enumerate((0.5, float("nan"), 2.0)))
        run_id = uuid.uuid4().hex
        store.runs.create([NewRun(run_id, "run", "0", 1, status=RunStatus.FINISHED, batch=Batch(points))])
        before = store.metrics.summaries(run_id)
        assert list(store.examine()) == []
        with store._database.transaction() as connection:
            connection.exec_driver_sql("UPDATE metric_summaries SET max = 9, first = NULL")
        (found,) = store.examine()
        assert found.kind == "summaries-wrong" and found.repair is not None
        answer = CliRunner().invoke(main, ["doctor", "--store", postgresql_uri, "--json"])
        assert [each["kind"] for each in json.loads(answer.stdout)["findings"]] == ["summaries-wrong"]
        found.repair()
        assert list(store.examine()) == []
        assert store.metrics.summaries(run_id) == before


def test_a_server_that_is_away_is_told(user_data: Path) -> None:
    away = "postgresql://127.0.0.1:1/nowhere"
    answer = CliRunner().invoke(main, ["doctor", "--store", away, "--json"])
    assert answer.exit_code == 1
    assert [each["kind"] for each in json.loads(answer.stdout)["findings"]] == ["store-unusable"]


def test_a_store_that_is_in_use_is_well(folder: Path) -> None:
    code = """
import sys, nbtrack
nbtrack.set_tracking_uri(sys.argv[1])
with nbtrack.start_run():
    nbtrack.log_metric("m", 1.0)
    nbtrack.flush()
    print("open", flush=True)
    sys.stdin.readline()
"""
    command = [sys.executable, "-c", code, str(folder)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline() == "open\n"
    assert kinds(folder, "--repair") == []
    process.communicate("\n", timeout=60)
    assert process.returncode == 0
