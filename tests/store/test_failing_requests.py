"""A tracking server that is there and fails at one request each time: that is put aside, and the rest goes on."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nbtrack.entities import (
    Batch,
    CellExecution,
    ColumnSchema,
    Dataset,
    DatasetInput,
    Environment,
    LoggedModel,
    Metric,
    NewRun,
    RunStatus,
    StoredFile,
)
from nbtrack.outbox import Outbox, Spool
from nbtrack.outbox.uploads import Uploads
from nbtrack.store import patience
from nbtrack.store.http import HttpStore
from nbtrack.store.http.ledger import Ledger
from nbtrack.tracking.doctor import examine, repair
from tests.store.tracking_servers import MlflowProcess, ServerProcess, needs_mlflow, serving

POISON = "poison"


class Poisoned:
    """A way to a real server, on which some requests meet with failure, as MLflow's clients see it."""

    def __init__(self, upstream: str) -> None:
        self._upstream = upstream
        self.status = 500
        self.failed = 0
        self.fails: Callable[[str, bytes], bool] = lambda path, body: POISON.encode() in body
        self.url = ""

    async def answer(self, request: Request) -> Response:
        body = await request.body()
        path = request.url.path
        if path.startswith("/api/2.0/nbtrack"):
            return Response(status_code=404)  # nbtrack's own server is to be taken for an MLflow server
        if self.fails(path, body):
            self.failed += 1
            return Response(status_code=self.status)
        headers = {name: request.headers[name] for name in ("content-type",) if name in request.headers}
        async with httpx.AsyncClient(timeout=60) as client:
            url = f"{self._upstream}{path}?{request.url.query}"
            found = await client.request(request.method, url, content=body, headers=headers)
        return Response(found.content, found.status_code, media_type=found.headers.get("content-type"))


@pytest.fixture(scope="module", params=[ServerProcess, pytest.param(MlflowProcess, marks=needs_mlflow)])
def upstream(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    made = request.param(tmp_path_factory.mktemp("server"))
    made.start()
    yield made.url
    made.kill()


@pytest.fixture
def way(upstream: str) -> Iterator[Poisoned]:
    made = Poisoned(upstream)
    methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    with serving(Starlette(routes=[Route("/{path:path}", made.answer, methods=methods)])) as port:
        made.url = f"http://127.0.0.1:{port}"
        yield made


@pytest.fixture
def store(way: Poisoned, user_data: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HttpStore]:
    monkeypatch.setattr(patience, "MIN_S", 0.0)
    monkeypatch.setattr(patience, "MIN_TRIES", 2)
    with closing(store_at(way)) as opened:
        yield opened


def store_at(way: Poisoned) -> HttpStore:
    from nbtrack.settings import outbox_folder

    return HttpStore(way.url, outbox=outbox_folder(way.url))


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 90
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def log_run(outbox: Outbox, run_id: str, *, tag: str = "fine", name: str = "run") -> None:
    outbox.append_runs([NewRun(run_id, name, "0", 1000)], session=None)
    outbox.append_point(run_id, "before", 1.0, 0, 1000)
    outbox.append(run_id, Batch(tags={"t": tag}))
    outbox.append(run_id, Batch(params={"p": "1"}))
    outbox.append(run_id, Batch(status=RunStatus.FINISHED, ended_at_ms=2000))


def deliver(store: HttpStore, log: Callable[[Outbox], None]) -> list[str]:
    faults: list[str] = []
    outbox = Outbox(store, on_fault=lambda message, _: faults.append(message))
    log(outbox)
    until(outbox.flush)
    outbox.close()
    return faults


@pytest.mark.timeout(300)
def test_one_record_is_put_aside_told_once_and_brought_by_the_next_session(
    way: Poisoned, store: HttpStore, caplog: pytest.LogCaptureFixture
) -> None:
    bad, good = "a" * 32 + "1", "b" * 32 + "1"
    with caplog.at_level(logging.WARNING, "nbtrack"):
        deliver(store, lambda outbox: (log_run(outbox, bad, tag=POISON), log_run(outbox, good)))
    assert len([record for record in caplog.records if "put aside" in record.getMessage()]) == 1
    for run_id in (bad, good):
        run = store.runs.get(run_id)
        assert (run.data.metrics, run.data.params) == ({"before": 1.0}, {"p": "1"})
        assert run.info.status is RunStatus.FINISHED
    assert "t" not in store.runs.get(bad).data.tags
    assert [finding.kind for finding in store.examine()] == ["records-aside"]
    way.fails = lambda path, body: False
    with closing(store_at(way)) as next_session:
        deliver(next_session, lambda outbox: log_run(outbox, "c" * 32 + "1"))
        assert next_session.runs.get(bad).data.tags["t"] == POISON
        assert list(next_session.examine()) == []


@pytest.mark.timeout(300)
def test_what_belongs_to_a_run_that_is_put_aside_stays_with_it(way: Poisoned, store: HttpStore) -> None:
    bad, good = "a" * 32 + "2", "b" * 32 + "2"
    deliver(store, lambda outbox: (log_run(outbox, bad, name=POISON), log_run(outbox, good)))
    assert store.runs.get(good).data.params == {"p": "1"}
    assert [finding.kind for finding in examine(way.url).findings] == ["records-aside"]
    way.fails = lambda path, body: False
    assert repair(way.url).is_healthy
    run = store.runs.get(bad)
    assert (run.data.metrics, run.data.params, run.data.tags["t"]) == ({"before": 1.0}, {"p": "1"}, "fine")
    assert run.info.status is RunStatus.FINISHED


@pytest.mark.timeout(300)
@pytest.mark.parametrize("status", [404, 500, 502, 503, 504])
def test_a_server_that_fails_at_everything_is_away(way: Poisoned, store: HttpStore, status: int) -> None:
    run_id = "d" * 32 + str(status)
    store.server()  # who it is was known before
    way.fails, way.status = lambda path, body: True, status
    outbox = Outbox(store, on_fault=lambda *_: None)
    log_run(outbox, run_id)
    until(lambda: way.failed > 12 and outbox.flush(0.1) is False)
    assert list(store.examine()) == []
    way.fails = lambda path, body: False
    until(outbox.flush)
    outbox.close()
    assert store.runs.get(run_id).data.params == {"p": "1"}


@pytest.mark.timeout(300)
def test_a_file_at_which_the_server_fails_gives_way_to_those_behind_it(way: Poisoned, store: HttpStore) -> None:
    run_id = "e" * 32
    deliver(store, lambda outbox: log_run(outbox, run_id))
    losses: list[str] = []
    uploads = Uploads(store, on_loss=lambda message, _: losses.append(message))
    uploads.spool.put_bytes(run_id, "bad.txt", POISON.encode())
    uploads.spool.put_bytes(run_id, "good.txt", b"fine")
    until(lambda: uploads.flush(10))
    assert len(losses) == 1 and "bad.txt" in losses[0]
    assert [entry.path for entry in store.artifacts.list(run_id)] == ["good.txt"]
    way.fails = lambda path, body: False
    assert repair(way.url).is_healthy
    assert Spool(store.outbox).size_aside().files == 0
    assert [entry.path for entry in store.artifacts.list(run_id)] == ["bad.txt", "good.txt"]


def test_what_is_put_aside_comes_back_as_it_was(tmp_path: Path) -> None:
    dataset = Dataset("d", "1a2b", (3, 1), (ColumnSchema("a", "double"),), "here")
    batch = Batch(
        (Metric("m", math.inf, 1, 2**62),),
        {"p": "é"},
        inputs=(DatasetInput(dataset, "train", {"k": "v"}),),
        models=(LoggedModel("m-1", "a" * 32, "model", "model", "sklearn", 5, 1),),
        files=(StoredFile("a.txt", 1, "xxh3_128:00", 1),),
        environment=Environment("e1", "3.12", "Linux", {"numpy": "2"}),
        cell=CellExecution("c1", "s1", "x = 1", 5),
        status=RunStatus.FAILED,
        ended_at_ms=9,
    )
    new = NewRun("a" * 32, "run", "0", 1, experiment_name="wine", batch=batch)
    ledger = Ledger(tmp_path)
    for _ in range(2):
        ledger.put_aside(new)
        ledger.put_aside((new.run_id, batch))
    assert [each.value for each in ledger.aside()] == [new, batch]
    for each in ledger.aside():
        ledger.forget_aside(each.number)
    assert ledger.count_aside() == 0
