"""Whose process lives: where pids and host names don't tell, too."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from nbtrack.entities import NewRun, Session
from nbtrack.errors import StoreUnavailable
from nbtrack.outbox import recover
from nbtrack.outbox.records import runs_payload
from nbtrack.outbox.segments import framed
from nbtrack.store import Presence, Store, boot_id, host_name, interrupt_runs_of_dead, open_store

LIVE = """
import sys, nbtrack
nbtrack.set_tracking_uri(sys.argv[1])
print(nbtrack.start_run().info.run_id, flush=True)
sys.stdin.readline()
"""
OWN_PIDS = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / ".nbtrack"


@pytest.fixture
def store(folder: Path) -> Iterator[Store]:
    opened = open_store(str(folder))
    yield opened
    opened.close()


def begin_run(store: Store, session: Session) -> str:
    store.sessions.open(session)
    run_id = uuid.uuid4().hex
    store.runs.create([NewRun(run_id, "run", "0", 1, session_id=session.session_id)])
    return run_id


def session_of(boot: str) -> Session:
    now_ms = time.time_ns() // 1_000_000
    return Session(uuid.uuid4().hex, host_name(), boot, 1, 1, now_ms)


def status(store: Store, run_id: str) -> str:
    interrupt_runs_of_dead(store)
    return store.runs.get(run_id).info.status.value


def live(store: Store, *before: str) -> tuple[subprocess.Popen[str], str]:
    """Start a process that has a run open until its input ends."""
    command = [*before, sys.executable, "-c", LIVE, store.uri]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


def kill(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait(60)  # before its input ends: what it started would read that, and end its run
    process.communicate(timeout=60)


def has_own_pids() -> bool:
    try:
        return subprocess.run([*OWN_PIDS, "true"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not has_own_pids(), reason="needs the right to make a pid namespace")
def test_a_process_of_another_container_lives_until_it_dies(store: Store) -> None:
    process, run_id = live(store, *OWN_PIDS)
    assert status(store, run_id) == "RUNNING"
    kill(process)
    end = time.monotonic() + 30
    while status(store, run_id) == "RUNNING":
        assert time.monotonic() < end
        time.sleep(0.05)
    assert status(store, run_id) == "KILLED"
    assert not list(store.outbox.glob("*.session"))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_a_child_that_outlives_its_parent_does_not_keep_the_parents_run_open(store: Store) -> None:
    code = LIVE.replace("sys.stdin", "import os, time\nif os.fork() == 0:\n    time.sleep(300)\nsys.stdin")
    code = code.replace("os.fork() == 0:", "(child := os.fork()) == 0:").replace(
        "sys.stdin.readline()", "print(child, flush=True)\nsys.stdin.readline()"
    )
    command = [sys.executable, "-c", code, store.uri]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    run_id, child = process.stdout.readline().strip(), int(process.stdout.readline())
    recover(store, refuse)
    process.send_signal(signal.SIGKILL)
    process.wait(60)
    try:
        recover(store, refuse)
        assert status(store, run_id) == "KILLED"
    finally:
        os.kill(child, signal.SIGKILL)
        process.communicate(timeout=60)


def test_a_run_that_another_process_goes_on_with_lives_with_that(store: Store) -> None:
    first, run_id = live(store)
    kill(first)
    code = LIVE.replace("start_run()", f"start_run(run_id={run_id!r})")
    command = [sys.executable, "-c", code, store.uri]
    second = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert second.stdout is not None
    assert second.stdout.readline().strip() == run_id
    assert status(store, run_id) == "RUNNING"
    second.communicate("\n", timeout=60)
    assert status(store, run_id) == "FINISHED"


def test_a_machine_that_was_started_again_ends_the_runs_of_before(store: Store) -> None:
    before = session_of("another boot/1")
    run_id = begin_run(store, before)
    Presence(store.outbox, before.session_id).disown()
    assert status(store, run_id) == "KILLED"
    assert not list(store.outbox.glob("*.session"))


def test_who_is_present_lives_whatever_else_is_said_of_it(store: Store) -> None:
    session = replace(session_of(boot_id()), pid=2**22 + 1)
    run_id = begin_run(store, session)
    presence = Presence(store.outbox, session.session_id)
    assert status(store, run_id) == "RUNNING"
    presence.end()
    assert status(store, run_id) == "KILLED"


def test_a_container_of_this_machine_without_a_shared_folder_is_not_judged_by_its_pid(store: Store) -> None:
    run_id = begin_run(store, session_of(f"{boot_id().partition('/')[0]}/1"))
    assert status(store, run_id) == "RUNNING"


def refuse(message: str, error: Exception) -> None:
    raise AssertionError(message) from error


def test_on_a_network_file_system_a_lock_that_can_be_taken_tells_nothing_of_other_machines(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nbtrack.store.presence.is_on_network", lambda folder: True)
    elsewhere = session_of("another boot/1")
    run_id = begin_run(store, elsewhere)
    Presence(store.outbox, elsewhere.session_id).disown()
    new = NewRun(uuid.uuid4().hex, "late", "0", 1)
    segment = store.outbox / "anotherb-1.segment"
    segment.write_bytes(framed(runs_payload(None, [new])))
    assert (status(store, run_id), recover(store, refuse)) == ("RUNNING", 0)
    long_ago = time.time() - 2 * 86_400
    for file in store.outbox.iterdir():
        os.utime(file, (long_ago, long_ago))
    assert recover(store, refuse) == 1
    assert store.runs.get(new.run_id).info.run_name == "late"
    store.sessions.seen(elsewhere.session_id, at_ms=int(long_ago * 1000))
    assert status(store, run_id) == "KILLED"
    assert not list(store.outbox.iterdir())


def test_a_sign_is_given_now_and_then(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    from nbtrack.outbox.attendance import Attendance

    session = session_of("another boot/1")
    begin_run(store, session)
    store.sessions.seen(session.session_id, at_ms=5)
    attendance = Attendance(store, session.session_id)
    attendance.show(None)
    assert store.sessions.with_open_runs()[0].seen_at_ms == 5
    monkeypatch.setattr("nbtrack.outbox.attendance.SIGN_INTERVAL_S", 0.0)
    assert attendance.due_in_s() == 0.0
    attendance.show(None)
    assert store.sessions.with_open_runs()[0].seen_at_ms > 5

    def away(session_id: str, *, at_ms: int) -> None:
        raise StoreUnavailable("It is away.")

    monkeypatch.setattr(store.sessions, "seen", away)
    attendance.show(None)
    attendance.end()
