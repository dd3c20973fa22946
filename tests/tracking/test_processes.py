from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

import nbtrack
from nbtrack.store import Store, open_store
from nbtrack.tracking import current_store, session

LEAVE_OPEN = """
import sys, nbtrack
nbtrack.set_tracking_uri(sys.argv[1])
run = nbtrack.start_run(run_name="left open")
nbtrack.log_metric("m", 1)
print(run.info.run_id, flush=True)
"""


def start(code: str, *arguments: str, **options) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options,
    )  # fmt: skip


def output(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out.strip()


def test_a_run_that_a_script_leaves_open_is_finished_at_its_end(store: Store) -> None:
    run_id = output(start(LEAVE_OPEN, store.uri))
    assert store.runs.get(run_id).info.status == "FINISHED"


def test_a_run_whose_process_was_killed_is_killed_for_who_opens_the_store_next(store_folder: Path) -> None:
    process = start(LEAVE_OPEN + "input()", str(store_folder), stdin=subprocess.PIPE)
    assert process.stdout is not None
    run_id = process.stdout.readline().strip()
    alive = open_store(str(store_folder))
    assert alive.runs.get(run_id).info.status == "RUNNING"
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    nbtrack.set_tracking_uri(store_folder)
    try:
        found = nbtrack.get_run(run_id)
    finally:
        nbtrack.set_tracking_uri(None)
        alive.close()
    assert found.info.status == "KILLED"
    assert found.info.end_time is not None
    assert found.data.metrics == {"m": 1.0}


def test_a_run_of_a_living_process_stays_running(store_folder: Path) -> None:
    process = start(LEAVE_OPEN + "input()", str(store_folder), stdin=subprocess.PIPE)
    assert process.stdout is not None
    run_id = process.stdout.readline().strip()
    nbtrack.set_tracking_uri(store_folder)
    try:
        assert nbtrack.get_run(run_id).info.status == "RUNNING"
    finally:
        nbtrack.set_tracking_uri(None)
        process.communicate("\n", timeout=60)


def test_many_processes_make_a_store_and_write_to_it_at_once(store_folder: Path) -> None:
    code = """
        import sys, nbtrack
        nbtrack.set_tracking_uri(sys.argv[1])
        nbtrack.set_experiment("shared")
        for number in range(5):
            with nbtrack.start_run(run_name=f"{sys.argv[2]}-{number}"):
                nbtrack.log_metric("m", number)
    """
    for process in [start(code, str(store_folder), str(number)) for number in range(4)]:
        output(process)
    opened = open_store(str(store_folder))
    experiment = opened.experiments.find("shared")
    assert experiment is not None
    found = opened.runs.summaries(experiment_id=experiment.experiment_id).runs
    opened.close()
    assert sorted(run.name for run in found) == sorted(f"{a}-{b}" for a in range(4) for b in range(5))
    assert {run.status.value for run in found} == {"FINISHED"}


def _in_child(run_id: str, results) -> None:
    nbtrack.log_metric("child", 1)
    with nbtrack.start_run(run_name="of child") as run:
        nbtrack.log_metric("m", 1)
    results.put((run.info.run_id, nbtrack.get_run(run_id).info.status.value))


@pytest.mark.parametrize("is_entered", [True, False])
def test_a_forked_child_logs_to_the_open_run_and_does_not_end_it(store: Store, is_entered: bool) -> None:
    nbtrack.start_run().__enter__() if is_entered else nbtrack.start_run()
    run = nbtrack.active_run()
    assert run is not None
    context = multiprocessing.get_context("fork")
    results = context.Queue()
    child = context.Process(target=_in_child, args=(run.info.run_id, results))
    child.start()
    child_run_id, status = results.get(timeout=60)
    child.join(60)
    assert child.exitcode == 0
    assert status == "RUNNING"
    assert nbtrack.get_run(run.info.run_id).data.metrics == {"child": 1.0}
    of_child = nbtrack.get_run(child_run_id)
    assert of_child.data.tags["mlflow.parentRunId"] == run.info.run_id
    assert of_child.info.status == "FINISHED"
    assert nbtrack.get_run(run.info.run_id).info.status == "RUNNING"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_what_a_worker_logged_that_left_at_once_is_there_for_the_next_reader(store: Store) -> None:
    with nbtrack.start_run() as run:
        child = os.fork()
        if child == 0:
            try:
                nbtrack.log_metric("of_child", 1)
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        assert nbtrack.get_run(run.info.run_id).data.metrics == {"of_child": 1.0}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_a_fork_while_a_thread_looks_its_session_up_does_not_hang(store: Store) -> None:
    with nbtrack.start_run(), session._lock:
        pid = os.fork()
        if pid == 0:
            try:
                nbtrack.start_run()
            finally:
                os._exit(0)
        end = time.monotonic() + 60
        while os.waitpid(pid, os.WNOHANG) == (0, 0):
            if time.monotonic() > end:
                os.kill(pid, signal.SIGKILL)
            assert time.monotonic() < end
            time.sleep(0.01)


def test_a_fork_while_something_is_saved_in_the_background_does_not_hang(store: Store) -> None:
    import threading

    from nbtrack.tracking import background

    may_end = threading.Event()
    background.submit(lambda: may_end.wait(60) and None)
    pid = os.fork()
    if pid == 0:
        try:
            with nbtrack.start_run():
                nbtrack.log_metric("m", 1)
            os._exit(0)
        except BaseException:
            os._exit(1)
    try:
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    finally:
        may_end.set()


class TestDiscovery:
    """Which store is meant when nobody set one: the environment's, the nearest upward, a new one here."""

    @pytest.fixture(autouse=True)
    def _isolated(self, isolated: None):
        nbtrack.set_tracking_uri(None)
        yield
        nbtrack.set_tracking_uri(None)

    def test_a_new_store_is_made_here_when_it_is_needed(self, tmp_path: Path) -> None:
        assert nbtrack.get_tracking_uri() == str(tmp_path / ".nbtrack")
        assert not (tmp_path / ".nbtrack").exists()
        with nbtrack.start_run():
            pass
        assert (tmp_path / ".nbtrack" / "nbtrack.db").is_file()

    def test_the_nearest_store_upward_is_found(self, tmp_path: Path, monkeypatch) -> None:
        (tmp_path / ".nbtrack").mkdir()
        inner = tmp_path / "a" / "b"
        inner.mkdir(parents=True)
        monkeypatch.chdir(inner)
        assert nbtrack.get_tracking_uri() == str(tmp_path / ".nbtrack")
        (tmp_path / "a" / ".nbtrack").mkdir()
        assert nbtrack.get_tracking_uri() == str(tmp_path / "a" / ".nbtrack")

    def test_the_environment_comes_before_and_a_choice_before_that(self, tmp_path: Path, monkeypatch) -> None:
        (tmp_path / ".nbtrack").mkdir()
        monkeypatch.setenv("NBTRACK_TRACKING_URI", str(tmp_path / "env"))
        assert nbtrack.get_tracking_uri() == str(tmp_path / "env")
        nbtrack.set_tracking_uri(tmp_path / "chosen")
        assert nbtrack.get_tracking_uri() == str(tmp_path / "chosen")

    def test_a_relative_choice_means_the_same_place_after_a_change_of_folder(self, tmp_path: Path, monkeypatch) -> None:
        nbtrack.set_tracking_uri("runs")
        (tmp_path / "elsewhere").mkdir()
        monkeypatch.chdir(tmp_path / "elsewhere")
        assert current_store().uri == str(tmp_path / "runs")

    def test_a_run_goes_on_in_its_store_after_a_change_of_folder(self, tmp_path: Path, monkeypatch) -> None:
        elsewhere = tmp_path / "elsewhere"
        (elsewhere / ".nbtrack").mkdir(parents=True)
        with nbtrack.start_run() as run:
            monkeypatch.chdir(elsewhere)
            nbtrack.log_metric("m", 1)
        monkeypatch.chdir(tmp_path)
        assert nbtrack.get_run(run.info.run_id).data.metrics == {"m": 1.0}
