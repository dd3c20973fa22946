"""What a call that returned has logged is in the store in the end: once, whatever happens meanwhile."""

from __future__ import annotations

import math
import multiprocessing
import os
import random
import signal
import sqlite3
import struct
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from nbtrack.entities import Batch, Metric, NewRun
from nbtrack.errors import InvalidName, StoreUnavailable
from nbtrack.outbox import Outbox, recover
from nbtrack.outbox.records import point_payload, series_payload
from nbtrack.outbox.segments import Segment, framed
from nbtrack.store import Delivery, Store, open_store

# `make durability` takes more time for it.
KILLS = int(os.environ.get("NBTRACK_KILLS", "12"))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(str(tmp_path / ".nbtrack"))
    yield opened
    opened.close()


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def outbox(store: Store, told: list[str]) -> Iterator[Outbox]:
    made = Outbox(store, on_fault=lambda message, _: told.append(message))
    yield made
    made.close()


@pytest.fixture
def run_id(store: Store) -> str:
    return new_run(store)


def new_run(store: Store) -> str:
    run_id = uuid.uuid4().hex
    store.runs.create([NewRun(run_id, "run", "0", 1)])
    return run_id


def values(store: Store, run_id: str, key: str = "m") -> list[float]:
    return [point.value for point in store.metrics.history(run_id, key).points]


def log(outbox: Outbox, run_id: str, count: int, *, start: int = 0) -> None:
    for step in range(start, start + count):
        outbox.append_point(run_id, "m", float(step), step, 1)


def segments(store: Store) -> list[Path]:
    return sorted(store.outbox.glob("*.segment"))


def test_points_and_batches_arrive_in_order_and_leave_nothing_behind(
    store: Store, outbox: Outbox, run_id: str, told: list[str]
) -> None:
    log(outbox, run_id, 3)
    outbox.append(run_id, Batch((Metric("m", 3.0, 1, 3), Metric("n", 0.5, 1)), {"p": "1"}, {"t": "a"}))
    outbox.append(run_id, Batch((Metric("m", 4.0, 1, 4),)))
    outbox.append(run_id, Batch(tags={"t": "b"}))
    assert outbox.flush()
    data = store.runs.get(run_id).data
    assert (data.params, data.metrics, data.tags) == ({"p": "1"}, {"m": 4.0, "n": 0.5}, {"t": "b"})
    assert values(store, run_id) == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert outbox.status().backlog_bytes == 0
    outbox.close()
    assert (segments(store), told) == ([], [])


def test_others_see_it_soon_without_a_flush(store: Store, outbox: Outbox, run_id: str) -> None:
    log(outbox, run_id, 1)
    end = time.monotonic() + 10
    while store.runs.get(run_id).data.metrics != {"m": 0.0}:
        assert time.monotonic() < end
        time.sleep(0.01)


def test_mistakes_are_told_at_once(outbox: Outbox, run_id: str) -> None:
    for key, step in (("", 0), ("a\nb", 0), ("m", 2**63)):
        with pytest.raises(InvalidName):
            outbox.append_point(run_id, key, 1.0, step, 1)


def test_points_of_several_metrics_are_taken_together_or_not_at_all(store: Store, outbox: Outbox, run_id: str) -> None:
    assert outbox.append_points(run_id, {"m": 0.5, "n": math.nan}, 0, 1)
    assert not outbox.append_points(run_id, {"n": math.inf, "m": 1.5}, 1, 2)
    for values_, step in (({"m": 9.0, "a\nb": 9.0}, 2), ({"m": 9.0, "n": 9.0}, 2**63)):
        with pytest.raises(InvalidName):
            outbox.append_points(run_id, values_, step, 3)
    assert outbox.flush()
    assert values(store, run_id, "m") == [0.5, 1.5]
    assert [str(value) for value in values(store, run_id, "n")] == ["nan", "inf"]


def test_threads_log_at_once(store: Store, outbox: Outbox, run_id: str) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda worker: log(outbox, run_id, 500, start=worker * 500), range(8)))
    assert outbox.flush()
    assert values(store, run_id) == [float(step) for step in range(4000)]


def test_a_delivery_that_is_made_again_is_written_once(store: Store, run_id: str) -> None:
    delivery = Delivery("segment", 0, 10, {(run_id, "m"): [(0, 1, 0.5)]}, [(run_id, Batch(tags={"t": "1"}))])
    for _ in range(2):
        store.runs.deliver(delivery)
    assert values(store, run_id) == [0.5]
    assert store.runs.delivered("segment") == 10
    with pytest.raises(StoreUnavailable):
        store.runs.deliver(Delivery("segment", 4, 20, {}, []))
    store.runs.forget_segment("segment")
    assert store.runs.delivered("segment") == 0


@pytest.mark.parametrize("is_committed", [True, False])
def test_a_fault_of_the_store_neither_loses_nor_doubles(
    store: Store, run_id: str, told: list[str], monkeypatch: pytest.MonkeyPatch, is_committed: bool
) -> None:
    outbox = Outbox(store, on_fault=lambda message, _: told.append(message))
    deliver, faults = store.runs.deliver, iter([True, True])

    def unreliable(delivery: Delivery) -> None:
        if is_committed:
            deliver(delivery)
        if next(faults, False):
            raise StoreUnavailable("The network is gone.")
        deliver(delivery)

    monkeypatch.setattr(store.runs, "deliver", unreliable)
    log(outbox, run_id, 5)
    outbox.flush(timeout_s=0.5)
    log(outbox, run_id, 5, start=5)
    outbox.append(run_id, Batch(params={"p": "1"}))
    end = time.monotonic() + 20
    while not outbox.flush():
        assert time.monotonic() < end
    assert values(store, run_id) == [float(step) for step in range(10)]
    assert told == ["The network is gone."]
    assert outbox.status().fault is None
    outbox.close()


def test_logging_goes_on_while_the_database_is_locked(store: Store, outbox: Outbox, run_id: str) -> None:
    database = sqlite3.connect(store.outbox.parent / "nbtrack.db", isolation_level=None)
    database.execute("BEGIN EXCLUSIVE")
    start = time.monotonic()
    log(outbox, run_id, 1000)
    assert not outbox.flush(timeout_s=0.2)
    assert time.monotonic() - start < 5  # it would be 60 s if it waited for the lock
    assert outbox.status().backlog_bytes > 0
    database.execute("ROLLBACK")
    database.close()
    assert outbox.flush()
    assert len(values(store, run_id)) == 1000


def test_what_is_refused_does_not_hold_up_the_rest(store: Store, outbox: Outbox, run_id: str, told: list[str]) -> None:
    deleted, unknown = new_run(store), uuid.uuid4().hex
    store.runs.log(run_id, Batch(params={"depth": "1"}))
    store.runs.delete([deleted])
    for each in (deleted, unknown, run_id):
        log(outbox, each, 2)
        outbox.append(each, Batch(tags={"t": "1"}))
    outbox.append(run_id, Batch(params={"depth": "2"}))
    outbox.append(run_id, Batch(params={"width": "3"}))
    assert outbox.flush()
    assert (values(store, run_id), store.runs.get(run_id).data.params) == ([0.0, 1.0], {"depth": "1", "width": "3"})
    assert store.runs.get(run_id).data.tags["t"] == "1"
    assert len(told) == 5
    assert sum(deleted in message for message in told) == 2
    assert sum("'depth'" in message for message in told) == 1


def test_a_run_that_can_never_be_stored_does_not_hold_up_the_rest(
    store: Store, outbox: Outbox, run_id: str, told: list[str]
) -> None:
    lost = NewRun(uuid.uuid4().hex, "lost", "no such experiment", 1)
    outbox.append_runs([lost], session=None)
    log(outbox, lost.run_id, 1)
    log(outbox, run_id, 2)
    assert outbox.flush()
    assert values(store, run_id) == [0.0, 1.0]
    assert len(told) == 2
    assert all(lost.run_id in message and "is not kept" in message for message in told)


def test_a_record_of_another_version_stops_nobody_who_opens_the_store(store: Store, run_id: str) -> None:
    told: list[str] = []
    store.outbox.mkdir()
    frames = [series_payload(1, run_id, "m"), b"\x03not json", point_payload(1, 0, 1, 0.5)]
    (store.outbox / "1-left.segment").write_bytes(b"".join(map(framed, frames)))
    assert recover(store, lambda message, _: told.append(message)) == 1
    assert (values(store, run_id), len(told)) == ([0.5], 1)


def test_a_long_segment_is_followed_by_a_new_one(
    store: Store, outbox: Outbox, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nbtrack.outbox.outbox.MAX_SEGMENT_BYTES", 1_000)
    for round_ in range(3):
        log(outbox, run_id, 100, start=round_ * 100)
        assert outbox.flush()
    assert values(store, run_id) == [float(step) for step in range(300)]
    end = time.monotonic() + 10
    while any(file.stat().st_size for file in segments(store)):
        assert time.monotonic() < end


def test_more_than_memory_takes_is_read_back(
    store: Store, outbox: Outbox, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nbtrack.outbox.outbox.MAX_WAITING_POINTS", 10)
    monkeypatch.setattr("nbtrack.outbox.delivery.MAX_STRETCH_BYTES", 2_000)
    log(outbox, run_id, 1000)
    assert outbox.flush()
    assert values(store, run_id) == [float(step) for step in range(1000)]


def test_a_folder_that_cannot_be_written_keeps_it_in_memory(store: Store, run_id: str, told: list[str]) -> None:
    store.outbox.write_text("a file where the folder belongs")
    outbox = Outbox(store, on_fault=lambda message, _: told.append(message))
    log(outbox, run_id, 3)
    outbox.flush(timeout_s=0.2)
    assert (len(told), outbox.status().backlog_bytes > 0) == (1, True)
    store.outbox.unlink()
    end = time.monotonic() + 20
    while not outbox.flush():
        assert time.monotonic() < end
    assert values(store, run_id) == [0.0, 1.0, 2.0]
    outbox.close()


def test_a_metric_that_begins_while_memory_is_full_is_whole_from_when_the_disk_takes_it(
    store: Store, run_id: str, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nbtrack.outbox.unwritten.MAX_UNWRITTEN_BYTES", 1_000)
    monkeypatch.setattr("nbtrack.outbox.outbox.MAX_WAITING_POINTS", 1)  # so that the segment is read
    store.outbox.write_text("a file where the folder belongs")
    outbox = Outbox(store, on_fault=lambda message, _: told.append(message))
    log(outbox, run_id, 100)
    outbox.append_point(run_id, "late", 0.0, 0, 1)
    assert [message for message in told if "is lost" in message] == [told[-1]]
    store.outbox.unlink()
    end = time.monotonic() + 20
    while not outbox.flush():
        assert time.monotonic() < end
    for step in range(1, 5):
        outbox.append_point(run_id, "late", float(step), step, 1)
    assert outbox.flush()
    assert values(store, run_id, "late") == [1.0, 2.0, 3.0, 4.0]
    kept = values(store, run_id)
    assert kept == [float(step) for step in range(len(kept))]
    outbox.close()


def test_a_store_that_is_away_is_not_tried_anew_for_each_that_logs(
    store: Store, outbox: Outbox, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nbtrack.outbox.outbox.RETRY_S", 600.0)
    monkeypatch.setattr("nbtrack.outbox.outbox.COALESCE_S", 0.001)
    deliver, tries = store.runs.deliver, []

    def away(delivery: Delivery) -> None:
        tries.append(delivery)
        raise StoreUnavailable("The network is gone.")

    monkeypatch.setattr(store.runs, "deliver", away)
    log(outbox, run_id, 1)
    outbox.flush(timeout_s=0.1)
    tried = len(tries)
    end = time.monotonic() + 0.3
    while time.monotonic() < end:
        log(outbox, run_id, 1)
    assert len(tries) <= tried + 1  # that of who waited
    monkeypatch.setattr(store.runs, "deliver", deliver)
    assert outbox.flush()


REPEATED = """
import sys
from nbtrack.outbox import recover
from nbtrack.store import open_store
store = open_store(sys.argv[1])
print(flush=True)
while True:
    recover(store, print)
"""


def test_a_segment_is_begun_beside_those_who_recover(store: Store) -> None:
    command = [sys.executable, "-c", REPEATED, store.uri]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as recovering:
        assert recovering.stdout is not None
        recovering.stdout.readline()
        try:
            for _ in range(1_000):
                segment = Segment(store.outbox)
                assert segment.path.exists()
                segment.path.unlink()
                segment.disown()
        finally:
            recovering.kill()


def test_an_interrupt_between_a_write_and_its_note_loses_nothing(store: Store, outbox: Outbox, run_id: str) -> None:
    log(outbox, run_id, 2)
    assert outbox.flush()
    segment = outbox._segment
    assert segment is not None
    os.write(segment.descriptor, framed(point_payload(1, 2, 1, 2.0)))
    log(outbox, run_id, 1, start=3)
    assert outbox.flush()
    assert values(store, run_id) == [0.0, 1.0, 2.0, 3.0]


def log_until_killed(store_uri: str, run_id: str, acknowledgements: int, *, is_paced: bool) -> None:
    outbox = Outbox(open_store(store_uri), on_fault=lambda *_: None)
    for step in range(1_000_000):
        outbox.append_point(run_id, "m", float(step), step, 1)
        os.write(acknowledgements, struct.pack("<q", step))
        if is_paced:
            time.sleep(0.001)


def refuse(message: str, error: Exception) -> None:
    raise AssertionError(message) from error


def test_what_a_damaged_segment_still_tells_is_stored_and_the_file_is_kept(
    store: Store, run_id: str, told: list[str]
) -> None:
    file = store.outbox / "1-left.segment"
    store.outbox.mkdir()
    frames = [framed(series_payload(1, run_id, "m")), *(framed(point_payload(1, n, 1, float(n))) for n in range(5))]
    content = bytearray(b"".join(frames) + framed(b"torn")[:-2])
    content[len(frames[0]) + len(frames[1]) * 2 + 20] ^= 4
    file.write_bytes(content)
    assert recover(store, lambda message, _: told.append(message)) == 1
    assert values(store, run_id) == [0.0, 1.0, 3.0, 4.0]
    assert [path.name for path in store.outbox.iterdir()] == ["1-left.damaged"]
    assert len(told) == 1
    assert "damaged (1)" in told[0]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_nothing_that_was_acknowledged_is_lost_to_kill_9(store: Store) -> None:
    for attempt in range(KILLS):
        run_id = new_run(store)
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                log_until_killed(store.uri, run_id, writer, is_paced=attempt % 2 == 0)
            finally:
                os._exit(1)
        os.close(writer)
        killer = threading.Timer(random.uniform(0.02, 0.5), os.kill, (child, signal.SIGKILL))  # noqa: S311
        killer.start()
        acknowledged = 0
        while chunk := os.read(reader, 65_536):
            acknowledged += len(chunk) // 8
        os.close(reader)
        os.waitpid(child, 0)
        assert recover(store, refuse) <= 1
        steps = [point.step for point in store.metrics.history(run_id, "m").points] if acknowledged else []
        assert steps == list(range(len(steps)))
        assert acknowledged <= len(steps) <= acknowledged + 1 or not acknowledged
        assert segments(store) == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_a_forked_child_has_a_segment_of_its_own(store: Store, outbox: Outbox, run_id: str) -> None:
    log(outbox, run_id, 10)
    child = os.fork()
    if child == 0:
        try:
            log(outbox, run_id, 10, start=10)
            outbox.flush()
            os._exit(0)
        finally:
            os._exit(1)
    log(outbox, run_id, 10, start=20)
    assert os.waitpid(child, 0)[1] == 0
    assert outbox.flush()
    assert values(store, run_id) == [float(step) for step in range(30)]
    assert recover(store, refuse) == 1
    assert len(values(store, run_id)) == 30


def log_many(store_uri: str, run_id: str, worker: int) -> None:
    outbox = Outbox(open_store(store_uri), on_fault=lambda *_: None)
    for step in range(2_000):
        outbox.append_point(run_id, f"m{worker}", float(step), step, 1)
    outbox.close()


def test_processes_log_at_once(store: Store, run_id: str) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=log_many, args=(store.uri, run_id, worker)) for worker in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    for number in range(3):
        assert values(store, run_id, f"m{number}") == [float(step) for step in range(2_000)]
    assert segments(store) == []
