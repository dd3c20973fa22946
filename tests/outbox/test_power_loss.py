"""What a loss of power leaves, as the order of syncs decides it.

``Disk`` keeps what a disk is bound to have: of each file what it held when it was last synced, of a folder the names
that it had then. What was not synced may have come to the disk or not; the tests try both, for each file by itself.
"""

from __future__ import annotations

import os
import shutil
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from nbtrack.entities import NewRun
from nbtrack.errors import InvalidInput
from nbtrack.outbox import Durability, Outbox, recover
from nbtrack.store import Store, open_store
from nbtrack.tracking.outboxes import set_durability


class Disk:
    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder, self._files = folder, dict[Path, bytes]()
        self._names: set[Path] | None = None
        for name in ("fdatasync", "fsync"):
            monkeypatch.setattr(os, name, self._keep)

    def _keep(self, descriptor: int) -> None:
        place = Path(f"/proc/self/fd/{descriptor}").readlink()
        if not place.is_relative_to(self._folder):
            return  # a store of another test, whose thread still syncs
        if place.is_dir():
            self._names = set(place.iterdir())
        else:
            self._files[place] = place.read_bytes()

    def lose_power(
        self, target: Path, *, keeps_database: bool, keeps_segments: bool, keeps_removed: bool = False
    ) -> Path:
        """Make ``target`` what is found after the loss, with what is kept by luck beyond what was synced."""
        shutil.copytree(self._folder, target)
        if not keeps_database:
            for file in self._folder.glob("nbtrack.db*"):
                copy = target / file.name
                if file.suffix == ".db-wal":
                    copy.write_bytes(self._files.get(file, b""))
                elif file.suffix == ".db-shm":
                    copy.unlink()
        for file in (self._folder / "outbox").glob("*.segment"):
            if not keeps_segments:
                (target / "outbox" / file.name).write_bytes(self._files.get(file, b""))
        if keeps_removed:
            for file in (self._names or set()) - set((self._folder / "outbox").iterdir()):
                (target / "outbox" / file.name).write_bytes(self._files[file])
        return target


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / ".nbtrack"


@pytest.fixture
def store(folder: Path) -> Iterator[Store]:
    opened = open_store(str(folder))
    yield opened
    opened.close()


@pytest.fixture
def disk(store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Disk:
    store.sync()
    disk = Disk(folder, monkeypatch)
    store.sync()
    return disk


def refuse(message: str, error: BaseException) -> None:
    raise AssertionError(message) from error


def log(outbox: Outbox, run_id: str, steps: range) -> None:
    for step in steps:
        outbox.append_point(run_id, "m", float(step), step, 1)


def begin_run(outbox: Outbox) -> str:
    run_id = uuid.uuid4().hex
    outbox.append_runs([NewRun(run_id, "run", "0", 1)], session=None)
    return run_id


def steps_in(folder: Path, run_id: str) -> list[int]:
    store = open_store(str(folder))
    try:
        recover(store, refuse)
        return [point.step for point in store.metrics.history(run_id, "m").points]
    finally:
        store.close()


LUCK = pytest.mark.parametrize(
    ("keeps_database", "keeps_segments"), [(False, False), (True, False), (False, True), (True, True)]
)


@LUCK
@pytest.mark.parametrize("is_delivered", [False, True])
def test_each_call_of_full_durability_outlasts_it(
    store: Store, disk: Disk, tmp_path: Path, keeps_database: bool, keeps_segments: bool, is_delivered: bool
) -> None:
    outbox = Outbox(store, on_fault=refuse, durability=Durability.FULL)
    run_id = begin_run(outbox)
    log(outbox, run_id, range(20))
    if is_delivered:
        assert outbox.flush()
    left = disk.lose_power(tmp_path / "left", keeps_database=keeps_database, keeps_segments=keeps_segments)
    outbox.close()
    assert steps_in(left, run_id) == list(range(20))


@LUCK
def test_what_is_older_than_a_second_or_so_outlasts_it(
    store: Store,
    disk: Disk,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    keeps_database: bool,
    keeps_segments: bool,
) -> None:
    monkeypatch.setattr("nbtrack.outbox.outbox.SYNC_INTERVAL_S", 0.05)
    outbox = Outbox(store, on_fault=refuse)
    run_id = begin_run(outbox)
    log(outbox, run_id, range(20))
    end = time.monotonic() + 20
    while outbox._segment is None or not outbox._segment.is_synced:
        assert time.monotonic() < end
        time.sleep(0.01)
    log(outbox, run_id, range(20, 40))
    left = disk.lose_power(tmp_path / "left", keeps_database=keeps_database, keeps_segments=keeps_segments)
    outbox.close()
    steps = steps_in(left, run_id)
    assert steps == list(range(len(steps)))
    assert len(steps) >= 20


@LUCK
@pytest.mark.parametrize("keeps_removed", [False, True])
@pytest.mark.parametrize("is_long", [False, True])
def test_a_segment_that_is_removed_is_neither_lost_nor_delivered_again(
    store: Store,
    disk: Disk,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    keeps_database: bool,
    keeps_segments: bool,
    keeps_removed: bool,
    is_long: bool,
) -> None:
    monkeypatch.setattr("nbtrack.outbox.outbox.MAX_SEGMENT_BYTES", 100 if is_long else 2**20)
    outbox = Outbox(store, on_fault=refuse, durability=Durability.FULL)
    run_id = begin_run(outbox)
    log(outbox, run_id, range(20))
    if is_long:
        assert outbox.flush()
        end = time.monotonic() + 20
        while list(store.outbox.glob("*.segment")):
            assert time.monotonic() < end
            time.sleep(0.01)
    else:
        outbox.close()
    left = disk.lose_power(
        tmp_path / "left", keeps_database=keeps_database, keeps_segments=keeps_segments, keeps_removed=keeps_removed
    )
    outbox.close()
    assert steps_in(left, run_id) == list(range(20))


def test_durability_is_chosen_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidInput, match='"normal" or "full"'):
        set_durability("fulll")
    monkeypatch.setenv("NBTRACK_DURABILITY", "forever")
    with pytest.raises(InvalidInput, match="NBTRACK_DURABILITY"):
        set_durability(None)
