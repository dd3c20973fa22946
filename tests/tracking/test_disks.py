"""Real disks and a real lock go wrong under a run. As root a small disk is mounted; else these tests are skipped.

``make durability`` takes the times that users meet: see ``LOCK_S``.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import nbtrack
from nbtrack.errors import StoreUnavailable
from nbtrack.tracking import current_store

LOCK_S = float(os.environ.get("NBTRACK_LOCK_S", "2"))
HOLD_LOCK = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=60)
database.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
sys.stdin.readline()
database.execute("ROLLBACK")
"""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Give a disk of 2 MiB."""
    mount = tmp_path / "disk"
    mount.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(mount)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("needs the right to mount a disk; tests/tracking/test_faults.py limits the size of files instead")
    yield mount
    nbtrack.set_tracking_uri(None)
    subprocess.run(["umount", "--lazy", str(mount)], check=True)


def told(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [line for line in capsys.readouterr().err.splitlines() if line.startswith("nbtrack: ")]


def wait_until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)


def steps_of(run_id: str) -> list[int]:
    nbtrack.flush()
    return [point.step for point in current_store().metrics.history(run_id, "m").points]


def fill(disk: Path) -> Path:
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (65_536, 4_096):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue
    return filler


def test_a_full_disk_is_told_once_and_everything_is_there_once_it_has_room(disk: Path, capsys) -> None:
    nbtrack.set_tracking_uri(disk / ".nbtrack")
    with nbtrack.start_run() as run:
        nbtrack.log_metric("m", 0.0, step=0)
        nbtrack.flush()
        filler = fill(disk)
        for step in range(1, 20_000):
            nbtrack.log_metric("m", float(step), step=step)
        nbtrack.log_params({f"p{number}": number for number in range(100)})
        nbtrack.flush()
        assert len(told(capsys)) == 1
        filler.unlink()
        wait_until(lambda: len(steps_of(run.info.run_id)) == 20_000)
    assert steps_of(run.info.run_id) == list(range(20_000))
    found = nbtrack.get_run(run.info.run_id)
    assert (len(found.data.params), found.info.status) == (100, "FINISHED")
    assert told(capsys) == []


def test_what_no_memory_is_left_for_on_a_full_disk_is_told_and_the_rest_is_kept(
    disk: Path, capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nbtrack.outbox.unwritten.MAX_UNWRITTEN_BYTES", 100_000)
    nbtrack.set_tracking_uri(disk / ".nbtrack")
    with nbtrack.start_run() as run:
        nbtrack.flush()
        filler = fill(disk)
        for step in range(10_000):
            nbtrack.log_metric("m", float(step), step=step)
        lines = told(capsys)
        assert (len(lines), sum("is lost" in line for line in lines)) == (2, 1)
        filler.unlink()
        wait_until(lambda: bool(steps_of(run.info.run_id)))
    steps = steps_of(run.info.run_id)
    assert steps == list(range(len(steps)))
    assert 1_000 < len(steps) < 10_000


def test_a_store_on_a_disk_that_is_read_only_says_so_and_is_left_as_it_is(disk: Path) -> None:
    code = "import sys, nbtrack\nnbtrack.set_tracking_uri(sys.argv[1])\nnbtrack.log_metric('m', 1)"
    command = [sys.executable, "-c", code, str(disk / ".nbtrack")]
    subprocess.run(command, timeout=120, check=True)
    before = sorted(disk.rglob("*"))
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert StoreUnavailable.__name__ in done.stderr and "Make it writable" in done.stderr
    assert sorted(disk.rglob("*")) == before


class Frozen:
    """Files that are read-only, for root and for who has them open already."""

    def __init__(self) -> None:
        self._files: list[Path] = []

    def freeze(self, folder: Path) -> None:
        # Memory that SQLite shares between processes is no file to it.
        self._files = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".db-shm"]
        if not self._change("+i"):
            pytest.skip("needs root, on a file system that has immutable files")

    def thaw(self) -> None:
        self._change("-i")

    def _change(self, attribute: str) -> bool:
        command = ["chattr", attribute, *map(str, self._files)]
        return not self._files or subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.fixture
def frozen() -> Iterator[Frozen]:
    files = Frozen()
    yield files
    files.thaw()


@pytest.mark.skipif(shutil.which("chattr") is None, reason="needs chattr")
def test_files_that_become_read_only_under_a_run_stop_nothing_and_lose_nothing(
    store, store_folder: Path, frozen: Frozen, capsys
) -> None:
    with nbtrack.start_run() as run:
        nbtrack.log_metric("m", 0.0, step=0)
        nbtrack.flush()
        frozen.freeze(store_folder)
        for step in range(1, 1_000):
            nbtrack.log_metric("m", float(step), step=step)
        nbtrack.flush()
        assert len(told(capsys)) == 1
        frozen.thaw()
        wait_until(lambda: len(steps_of(run.info.run_id)) == 1_000)
    assert steps_of(run.info.run_id) == list(range(1_000))


def test_logging_waits_for_no_lock_of_another_process(store, store_folder: Path, capsys) -> None:
    with nbtrack.start_run() as run:
        nbtrack.log_metric("m", 0.0, step=0)
        nbtrack.flush()
        command = [sys.executable, "-c", HOLD_LOCK, str(store_folder / "nbtrack.db")]
        holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert holder.stdout is not None and holder.stdout.readline() == "locked\n"
        begun, step = time.monotonic(), 0
        while time.monotonic() - begun < LOCK_S:
            step += 1
            nbtrack.log_metric("m", float(step), step=step)
            nbtrack.log_param(f"p{step}", step) if step % 100 == 0 else None
            time.sleep(0.001)
        with nbtrack.start_run(run_name="meanwhile"):
            nbtrack.log_metric("m", 1.0)
        # Only now does it give the lock up: nothing above waited for it.
        holder.communicate("\n", timeout=60)
        wait_until(lambda: len(steps_of(run.info.run_id)) == step + 1)
    assert steps_of(run.info.run_id) == list(range(step + 1))
    assert len(nbtrack.get_run(run.info.run_id).data.params) == step // 100
    names = [found.info.run_name for found in nbtrack.search_runs(output_format="list")]
    assert "meanwhile" in names
    assert len(told(capsys)) <= 1


def test_what_a_process_on_a_full_disk_had_in_the_segment_outlasts_its_death(disk: Path) -> None:
    code = """
import sys, nbtrack
nbtrack.set_tracking_uri(sys.argv[1])
run = nbtrack.start_run()
for step in range(1_000_000):
    nbtrack.log_metric("m", float(step), step=step)
    if step % 100 == 0:
        print(run.info.run_id, step, flush=True)
"""
    command = [sys.executable, "-c", code, str(disk / ".nbtrack")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stderr is not None
    run_id, warning = process.stdout.readline().split()[0], ""
    acknowledged = 0
    while not warning:
        acknowledged = int(process.stdout.readline().split()[1])
        if shutil.disk_usage(disk).free < 4_096:
            warning = process.stderr.readline()
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    assert "goes on" in warning
    subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True)
    nbtrack.set_tracking_uri(disk / ".nbtrack")
    steps = [point.step for point in current_store().metrics.history(run_id, "m").points]
    assert steps == list(range(len(steps)))
    assert len(steps) > 1_000 and acknowledged > 0
