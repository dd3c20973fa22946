"""Servers that are killed and started again while somebody logs: nothing is lost, nothing doubled."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nbtrack.entities import Batch, NewRun, RunStatus
from nbtrack.outbox import Outbox, recover
from nbtrack.store import RunQuery
from nbtrack.store.http import HttpStore
from tests.store.tracking_servers import MlflowProcess, ServerProcess, needs_mlflow

STEPS, PAUSE_S = 500, 0.004


@pytest.fixture(params=[ServerProcess, pytest.param(MlflowProcess, marks=needs_mlflow)])
def server(request, tmp_path: Path) -> Iterator[ServerProcess]:
    made = request.param(tmp_path)
    made.start()
    yield made
    made.kill()


@pytest.fixture
def store(server: ServerProcess, tmp_path: Path) -> Iterator[HttpStore]:
    opened = HttpStore(server.url, outbox=tmp_path / "outbox")
    yield opened
    opened.close()


def until(condition: Callable[[], bool], timeout_s: float = 120.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


class Logging(threading.Thread):
    """Logs one run after the other until it is told that it is enough; ``steps`` says how many points each got."""

    def __init__(self, outbox: Outbox) -> None:
        super().__init__()
        self._outbox = outbox
        self.enough = threading.Event()
        self.steps: dict[str, int] = {}

    def run(self) -> None:
        while not self.enough.is_set():
            self.log_run(uuid.uuid4().hex)

    def log_run(self, run_id: str) -> None:
        self._outbox.append_runs([NewRun(run_id, "run", "0", 1000 + len(self.steps))], session=None)
        for step in range(STEPS):
            self._outbox.append_point(run_id, "loss", float(step), step, 1000 + step)
            if step % 100 == 0:
                self._outbox.append(run_id, Batch(params={f"p{step}": str(step)}, tags={"step": str(step)}))
            time.sleep(PAUSE_S)
        self._outbox.append(run_id, Batch(status=RunStatus.FINISHED, ended_at_ms=9000))
        self.steps[run_id] = STEPS

    def check_all_there(self, store: HttpStore) -> None:
        found = store.runs.search(RunQuery(max_results=1000)).runs
        assert sorted(run.info.run_id for run in found) == sorted(self.steps)
        for run in found:
            history = store.metrics.history(run.info.run_id, "loss").points
            assert [point.step for point in history] == list(range(STEPS))
            assert len(run.data.params) == STEPS // 100
            assert run.data.tags["step"] == str(STEPS - 100)
            assert (run.info.status, run.info.end_time) == (RunStatus.FINISHED, 9000)


@pytest.mark.timeout(400)
def test_a_server_that_is_killed_and_started_again_gets_everything_once(server, store: HttpStore) -> None:
    faults: list[str] = []
    outbox = Outbox(store, on_fault=lambda message, _: faults.append(message))
    logging = Logging(outbox)
    logging.start()
    for _ in range(2):
        server.kill()
        until(lambda: outbox.status().fault is not None)
        server.start()
        until(lambda: outbox.status().fault is None)
    logging.enough.set()
    logging.join()
    until(outbox.flush)
    outbox.close()
    assert faults and all("can't be reached" in fault or "does not answer" in fault for fault in faults)
    logging.check_all_there(store)
    assert list(store.outbox.glob("*.segment")) == []


@pytest.mark.timeout(400)
def test_what_was_logged_without_a_server_comes_when_there_is_one(server, store: HttpStore) -> None:
    server.kill()
    outbox = Outbox(store, on_fault=lambda *_: None)
    logging = Logging(outbox)
    logging.log_run(uuid.uuid4().hex)
    outbox.abandon()  # as if the process had ended
    server.start()
    again = HttpStore(server.url, outbox=store.outbox)
    until(lambda: recovered(again))
    logging.check_all_there(again)
    again.close()


def recovered(store: HttpStore) -> bool:
    recover(store, lambda message, _: pytest.fail(message))
    return not list(store.outbox.glob("*.segment"))
