"""The store goes wrong under a run: the code that logs goes on, and is told once."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import nbtrack
from nbtrack.errors import ExperimentNotFound, NotAStore, StoreError, StoreUnavailable
from nbtrack.store import Store, open_store


@contextmanager
def broken_database(folder: Path) -> Iterator[None]:
    """The folder is moved away, so that nothing can be written to its place."""
    aside = folder.with_name("aside")
    folder.rename(aside)
    try:
        yield
    finally:
        if folder.is_file():
            folder.unlink()
        shutil.rmtree(folder, ignore_errors=True)
        aside.rename(folder)


def log_everything() -> None:
    nbtrack.log_param("p", 1)
    nbtrack.log_params({"q": 1})
    nbtrack.log_metric("m", 1)
    nbtrack.log_metrics({"n": 1})
    nbtrack.set_tag("t", 1)
    nbtrack.delete_tag("t")
    nbtrack.log_input(pd.DataFrame({"a": [1]}))
    nbtrack.log_text("x", "a.txt")
    nbtrack.log_dict({}, "a.json")
    nbtrack.log_table({"a": [1]}, "t.json")
    nbtrack.log_image(np.zeros((2, 2)), "i.png")


def test_a_store_that_is_gone_raises_nothing_and_is_told_once(store: Store, store_folder: Path, capsys) -> None:
    with nbtrack.start_run() as run:
        nbtrack.log_metric("before", 1)
        with broken_database(store_folder):
            store_folder.write_text("a file where the folder was")
            for _ in range(3):
                log_everything()
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 2, told  # of what is logged, and of files
    assert all(line.startswith("nbtrack: ") and "goes on" in line for line in told)
    data = nbtrack.get_run(run.info.run_id).data
    assert (data.metrics, data.params) == ({"before": 1.0, "m": 1.0, "n": 1.0}, {"p": "1", "q": "1"})


def test_logging_goes_on_when_the_store_is_back(store: Store, store_folder: Path, capsys) -> None:
    with nbtrack.start_run() as run:
        with broken_database(store_folder):
            nbtrack.log_metric("m", 1)
        nbtrack.log_metric("m", 2, step=1)
        with broken_database(store_folder):
            nbtrack.log_metric("m", 3, step=2)
            nbtrack.flush()
            assert store.uri in capsys.readouterr().err
    nbtrack.flush()
    assert [point.value for point in store.metrics.history(run.info.run_id, "m").points] == [1.0, 2.0, 3.0]


def test_ending_a_run_in_a_broken_store_raises_nothing(store: Store, store_folder: Path, capsys) -> None:
    nbtrack.start_run()
    with broken_database(store_folder):
        nbtrack.end_run()
    assert nbtrack.active_run() is None
    assert "can't be stored" in capsys.readouterr().err


def test_artifacts_that_cannot_be_written_raise_nothing(store: Store, store_folder: Path, capsys) -> None:
    (store_folder / "artifacts").write_text("a file where the folder was")
    with nbtrack.start_run():
        nbtrack.log_text("x", "a.txt")
        nbtrack.log_text("x", "b.txt")
        nbtrack.log_metric("m", 1)
    assert "a.txt" in capsys.readouterr().err


def test_an_exception_of_the_user_passes_through_a_broken_store(store: Store, store_folder: Path) -> None:
    with pytest.raises(ZeroDivisionError), nbtrack.start_run(), broken_database(store_folder):
        _ = 1 / 0


def test_a_store_that_was_deleted_is_made_anew_by_the_next_run(store: Store, store_folder: Path, capsys) -> None:
    nbtrack.set_experiment("wine")
    with nbtrack.start_run():
        pass
    with nbtrack.start_run():
        shutil.rmtree(store_folder)
        with nbtrack.start_run(run_name="fresh"):
            nbtrack.log_metric("m", 1)
        nbtrack.log_metric("lost", 1)
    assert [run.info.run_name for run in nbtrack.search_runs(output_format="list")] == ["fresh"]
    assert "goes on" in capsys.readouterr().err


def test_what_waited_for_a_store_that_was_deleted_is_told_as_lost_once(
    store: Store, store_folder: Path, tmp_path: Path, capsys
) -> None:
    with nbtrack.start_run() as run:
        shutil.rmtree(store_folder)
        nbtrack.log_metric("lost", 1)
        with nbtrack.start_run(run_name="fresh"):
            pass
        for _ in range(3):
            nbtrack.log_metric("lost", 2, run_id=run.info.run_id)
    told = [line for line in capsys.readouterr().err.splitlines() if "lost" in line]
    assert len(told) == 1
    assert "bytes of what was logged were not in the store yet" in told[0]


def test_a_full_disk_stops_nothing(tmp_path: Path) -> None:
    code = """
        import resource, sys, nbtrack
        nbtrack.set_tracking_uri(sys.argv[1])
        with nbtrack.start_run():
            nbtrack.log_metric("before", 1)
            resource.setrlimit(resource.RLIMIT_FSIZE, (65_536, resource.RLIM_INFINITY))
            for step in range(50):
                nbtrack.log_param(f"p{step}", "x" * 100_000)
                nbtrack.log_text("x" * 100_000, f"{step}.txt")
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            nbtrack.log_metric("after", 1)
        run = nbtrack.last_active_run()
        print(run.info.status, sorted(run.data.metrics), len(run.data.params))
    """
    done = run_python(code, str(tmp_path / "store"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "FINISHED ['after', 'before'] 50"
    assert len([line for line in done.stderr.splitlines() if line.startswith("nbtrack:")]) == 2


@pytest.mark.parametrize("content", [b"this is no database" * 100, b""])
def test_a_file_that_is_no_database_is_refused_or_made_one(store_folder: Path, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "some.db"
    file.write_bytes(content)
    nbtrack.set_tracking_uri(f"sqlite:///{file}")
    try:
        if content:
            with pytest.raises(NotAStore, match=r"some\.db"):
                nbtrack.start_run()
            assert file.read_bytes() == content
        else:
            with nbtrack.start_run():
                pass
    finally:
        nbtrack.set_tracking_uri(None)


def test_a_store_that_cannot_be_made_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    nbtrack.set_tracking_uri(tmp_path / "file" / ".nbtrack")
    try:
        with pytest.raises(StoreError, match="set_tracking_uri"):
            nbtrack.start_run()
        nbtrack.set_tracking_uri("/proc/nbtrack")
        with pytest.raises(StoreUnavailable, match="set_tracking_uri"):
            nbtrack.log_metric("m", 1)
    finally:
        nbtrack.set_tracking_uri(None)


def test_a_store_of_another_program_is_not_touched(tmp_path: Path) -> None:
    file = tmp_path / "theirs.db"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE experiments (name TEXT)")
    connection.close()
    with pytest.raises(NotAStore):
        open_store(f"sqlite:///{file}")
    with sqlite3.connect(file) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("experiments",)]
    connection.close()


def run_python(code: str, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *arguments],
        capture_output=True, text=True, timeout=120, check=False, cwd=cwd,
    )  # fmt: skip


def test_a_run_begun_while_the_database_is_locked_is_there_afterwards(store: Store, store_folder: Path, capsys) -> None:
    nbtrack.log_metric("opens", 1)
    nbtrack.end_run()
    blocker = sqlite3.connect(store_folder / "nbtrack.db", isolation_level=None)
    blocker.execute("BEGIN EXCLUSIVE")
    start = time.monotonic()
    with nbtrack.start_run(run_name="meanwhile") as run:
        nbtrack.log_params({"depth": 3})
        for step in range(100):
            nbtrack.log_metric("loss", 1 / (step + 1), step=step)
    assert time.monotonic() - start < 15  # each would wait for 60 s
    blocker.execute("ROLLBACK")
    blocker.close()
    found = nbtrack.get_run(run.info.run_id)
    assert (found.info.run_name, found.info.status, found.data.params) == ("meanwhile", "FINISHED", {"depth": "3"})
    assert store.metrics.history(run.info.run_id, "loss").total == 100


def test_an_unknown_experiment_is_told_at_once(store: Store) -> None:
    with pytest.raises(ExperimentNotFound):
        nbtrack.start_run(experiment_id="no such")
    assert nbtrack.active_run() is None


def test_a_run_that_is_deleted_while_its_loop_runs_stops_nothing_and_is_told_once(store: Store, capsys) -> None:
    with nbtrack.start_run() as run:
        store.runs.delete([run.info.run_id])
        for step in range(5):
            nbtrack.log_metric("loss", 0.5, step=step)
            nbtrack.flush()
    told = [line for line in capsys.readouterr().err.splitlines() if "was refused" in line]
    assert len(told) == 1
    assert "Restore it" in told[0]
