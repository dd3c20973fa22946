"""Servers that say what makes no sense: it is told in words, ends, and writes nothing where it should not."""

from __future__ import annotations

import contextlib
import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from nbtrack.entities import NewRun
from nbtrack.errors import NbtrackError, StoreUnavailable
from nbtrack.store import RunQuery, Store
from nbtrack.store.http import HttpStore, connection
from tests.store.test_http_connection import Scripted

RUN = "a" * 32
GARBAGE = [None, 1, "x", [1], {"a": 1}, "../../x", 1e308]
CALLS: dict[str, Callable[[Store, Path], Any]] = {
    "experiments.list": lambda store, _: store.experiments.list(),
    "experiments.get": lambda store, _: store.experiments.get("1"),
    "experiments.find": lambda store, _: store.experiments.find("x"),
    "experiments.create": lambda store, _: store.experiments.create("x", tags={}),
    "runs.get": lambda store, _: store.runs.get(RUN),
    "runs.search": lambda store, _: store.runs.search(RunQuery(("0",))),
    "runs.table": lambda store, _: store.runs.table(RunQuery(("0",))),
    "runs.create": lambda store, _: store.runs.create([NewRun(RUN, "n", "0", 1)]),
    "runs.summaries": lambda store, _: store.runs.summaries(),
    "metrics.history": lambda store, _: store.metrics.history(RUN, "m"),
    "registry.get": lambda store, _: store.registry.get("m"),
    "registry.get_version": lambda store, _: store.registry.get_version("m", "1"),
    "models.get": lambda store, _: store.models.get("m-1"),
    "artifacts.list": lambda store, _: store.artifacts.list(RUN),
    "artifacts.download": lambda store, folder: store.artifacts.download(RUN, "", folder),
    "seq": lambda store, _: store.seq(),
}


def flat(value: Any) -> dict[str, Any]:
    names = ("experiment", "experiments", "run", "runs", "metrics", "registered_model", "model_version", "model")
    return dict.fromkeys((*names, "models", "files", "experiment_id", "next_page_token"), value)


def nested(value: Any) -> dict[str, Any]:
    info = {"run_id": value, "experiment_id": value, "status": value, "start_time": value, "artifact_uri": value}
    metric = {"key": value, "value": value, "timestamp": value, "step": value}
    run = {"info": info, "data": {"metrics": [metric], "params": [{"key": value, "value": value}], "tags": [value]}}
    version = {"name": value, "version": value, "source": value, "creation_timestamp": value, "tags": value}
    return {
        "experiment": {"experiment_id": value, "name": value, "tags": value, "lifecycle_stage": value},
        "experiments": [{"experiment_id": value, "name": value}],
        "run": run,
        "runs": [run],
        "metrics": [metric],
        "registered_model": {"name": value, "creation_timestamp": value, "latest_versions": [version]},
        "model_version": version,
        "model": {"info": {"model_id": value, "status": value}, "data": {"params": value}},
        "files": [{"path": value, "is_dir": value, "file_size": value}],
    }


@pytest.fixture(scope="module")
def server() -> Iterator[Scripted]:
    with Scripted().running() as running:
        yield running


@pytest.fixture
def store(server: Scripted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HttpStore]:
    monkeypatch.setattr(connection, "PAUSES_S", ())
    opened = HttpStore(server.url, outbox=tmp_path / "outbox")
    yield opened
    opened.close()


def as_mlflow(document: Any) -> Callable[[Request], Response]:
    """Answer as a server that is not nbtrack's."""
    return lambda request: (
        Response(status_code=404) if request.url.path.endswith("nbtrack/server") else JSONResponse(document)
    )


def as_nbtrack(description: Any, message: Any) -> Callable[[Request], Response]:
    def answer(request: Request) -> Response:
        if request.url.path.endswith("nbtrack/server"):
            return JSONResponse(description)
        return Response(msgspec.msgpack.encode(message), media_type="application/msgpack")

    return answer


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("garbage", GARBAGE, ids=repr)
def test_what_makes_no_sense_is_told_in_words(
    server: Scripted, store: HttpStore, tmp_path: Path, garbage: Any, call: str
) -> None:
    (tmp_path / "down").mkdir()
    own = {"nbtrack": "0.1.0", "wire": 1, "seq": 1}
    for server.answer in (
        as_mlflow(garbage),
        as_mlflow(flat(garbage)),
        as_mlflow(nested(garbage)),
        as_nbtrack(own | {"wire": garbage}, None),
        as_nbtrack(own | {"seq": garbage}, garbage),
        as_nbtrack(own, garbage),
    ):
        opened = HttpStore(server.url, outbox=tmp_path / "outbox")
        with contextlib.closing(opened), contextlib.suppress(NbtrackError):
            CALLS[call](opened, tmp_path / "down")
    assert list((tmp_path / "down").iterdir()) == []


def behind_proxy(files: Callable[[str], list[dict[str, Any]]]) -> Callable[[Request], Response]:
    """Answer as a server that keeps the run's artifacts, and lists them as it likes."""

    def answer(request: Request) -> Response:
        path = request.url.path
        if path.endswith("nbtrack/server"):
            return Response(status_code=404)
        if path.endswith("/mlflow-artifacts/artifacts"):
            return JSONResponse({"files": files(request.query_params.get("path", ""))})
        if "/mlflow-artifacts/" in path:
            return Response(b"content")
        info = {"run_id": RUN, "experiment_id": "0", "artifact_uri": f"mlflow-artifacts:/0/{RUN}/artifacts"}
        return JSONResponse({"run": {"info": info | {"status": "RUNNING", "start_time": 1}, "data": {}}})

    return answer


@pytest.mark.parametrize(
    "name", ["../x", "..", "/etc/passwd", "a/../../x", "..\\x", "C:\\x", "\x00", "%2e%2e/x", "\uff0e\uff0e/x", ""]
)
def test_nothing_is_downloaded_to_where_a_listing_leads(
    server: Scripted, store: HttpStore, tmp_path: Path, name: str
) -> None:
    server.answer = behind_proxy(
        lambda path: [{"path": name, "file_size": 7}] if path.endswith("artifacts") else [{"path": "x", "file_size": 7}]
    )
    folder = tmp_path / "one" / "two"
    folder.mkdir(parents=True)
    with contextlib.suppress(NbtrackError):
        store.artifacts.download(RUN, "", folder)
    outside = [file for file in tmp_path.rglob("*") if file.is_file() and folder not in file.parents]
    assert [file for file in outside if "outbox" not in file.parts] == []


def test_folders_in_one_another_without_an_end_are_left(server: Scripted, store: HttpStore) -> None:
    server.answer = behind_proxy(lambda path: [{"path": "a", "is_dir": True}])
    with pytest.raises(StoreUnavailable, match="without an end"):
        list(store.artifacts.walk(RUN))


def test_a_page_that_comes_again_is_not_read_for_ever(server: Scripted, store: HttpStore) -> None:
    server.answer = as_mlflow({"experiments": [], "next_page_token": "same"})
    with pytest.raises(StoreUnavailable, match="again and again"):
        store.experiments.list()


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "x-unknown"])
def test_only_encodings_that_were_asked_for_are_read(server: Scripted, store: HttpStore, encoding: str) -> None:
    content = gzip.compress(gzip.compress(json.dumps({}).encode()))
    server.answer = lambda request: Response(
        content, headers={"Content-Encoding": encoding, "Content-Type": "application/json"}
    )
    with pytest.raises(StoreUnavailable, match="for which nobody asked"):
        store.experiments.list()
    assert server.requests[-1].headers["accept-encoding"] == "gzip, deflate"


def test_an_answer_without_an_end_is_left(server: Scripted, store: HttpStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "ANSWER_TIMEOUT_S", 0.0)
    server.answer = lambda request: JSONResponse({})
    with pytest.raises(StoreUnavailable, match="come to the end"):
        store.experiments.list()
