"""Servers that misbehave, and what is told to whom."""

from __future__ import annotations

import base64
import contextlib
import gzip
import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from nbtrack.errors import InvalidInput, StoreTooNew, StoreUnavailable
from nbtrack.store import RunQuery, wire
from nbtrack.store.http import HttpStore, connection
from tests.store.tracking_servers import serving


class Scripted:
    """A server that answers as it is told to, and remembers what it was asked."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.answer: Callable[[Request], Response] = lambda request: JSONResponse({})
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @contextlib.contextmanager
    def running(self) -> Iterator[Scripted]:
        async def respond(request: Request) -> Response:
            await request.body()
            self.requests.append(request)
            return self.answer(request)

        route = Route("/{path:path}", respond, methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
        with serving(Starlette(routes=[route])) as self.port:
            yield self


@pytest.fixture
def server() -> Iterator[Scripted]:
    with Scripted().running() as running:
        yield running


@pytest.fixture(autouse=True)
def no_credentials(monkeypatch, tmp_path: Path) -> None:
    for name in ("NBTRACK_TRACKING_TOKEN", "MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))


@contextlib.contextmanager
def opened(uri: str, tmp_path: Path) -> Iterator[HttpStore]:
    store = HttpStore(uri, outbox=tmp_path / "outbox")
    try:
        yield store
    finally:
        store.close()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_opening_asks_nothing_and_a_server_that_is_away_is_told_in_words(tmp_path: Path) -> None:
    with opened(f"http://127.0.0.1:{free_port()}", tmp_path) as store:
        assert store.is_there() and not store.outbox.exists()
        with pytest.raises(StoreUnavailable, match="Is the tracking server running"):
            store.runs.get("a")


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda _: HTMLResponse("<html>Log in"), "a login page, perhaps"),
        (lambda _: RedirectResponse("https://login.example/?next=secret"), r"redirects to 'https://login.example/'"),
        (lambda _: Response("{", media_type="application/json"), "not as a tracking server"),
        (lambda _: Response("[" * 100_000, media_type="application/json"), "not as a tracking server"),
        (lambda _: JSONResponse([]), "not as a tracking server"),
        (lambda _: Response(status_code=401), "NBTRACK_TRACKING_TOKEN"),
        (lambda _: Response(status_code=403), "refuses access"),
        (lambda _: Response(b"\x1f\x8b" + b"x" * 99, headers={"content-encoding": "gzip"}), "damaged"),
    ],
)
def test_what_is_no_tracking_server_is_told_as_such(server: Scripted, tmp_path: Path, answer, message: str) -> None:
    server.answer = answer
    with opened(server.url, tmp_path) as store, pytest.raises(StoreUnavailable, match=message):
        store.runs.search(RunQuery())


def test_what_answers_in_the_place_of_a_server_is_not_taken_for_it(server: Scripted, tmp_path: Path) -> None:
    """A proxy, or the network of a hotel, knows no place of ours."""
    server.answer = lambda _: Response("404 page not found", 404)
    with opened(server.url, tmp_path) as store:
        with pytest.raises(StoreUnavailable, match="not as a tracking server"):
            store.experiments.list()
        server.answer = lambda _: JSONResponse({"wire": wire.VERSION, "seq": 7})
        assert store.seq() == 7


@pytest.mark.parametrize(
    "document",
    [
        {"runs": [{"info": {"run_id": "a"}}]},
        {"runs": [{"info": {"run_id": "a", "experiment_id": "0", "status": "BORED"}}]},
        {"runs": [{"info": {"run_id": "a", "experiment_id": "0"}, "data": {"metrics": [{"key": "m", "value": []}]}}]},
        {"runs": [{}]},
    ],
)
def test_runs_that_make_no_sense_are_told_as_such(server: Scripted, tmp_path: Path, document) -> None:
    def answer(request: Request) -> Response:
        if request.url.path.endswith("nbtrack/server"):
            return Response(status_code=404)
        return JSONResponse(document | {"experiments": [{"experiment_id": "0", "name": "Default"}]})

    server.answer = answer
    with opened(server.url, tmp_path) as store, pytest.raises(StoreUnavailable, match="can't be read"):
        store.runs.search(RunQuery())


@pytest.mark.parametrize("is_packed", [True, False])
def test_an_answer_without_end_is_not_taken_into_memory(
    server: Scripted, tmp_path: Path, monkeypatch, is_packed: bool
) -> None:
    def pieces() -> Iterator[bytes]:
        while True:
            yield b" " * 65536

    monkeypatch.setattr(connection, "MAX_ANSWER_BYTES", 1_000_000)
    bomb = gzip.compress(b" " * 50_000_000)
    server.answer = (
        (lambda _: Response(bomb, headers={"content-encoding": "gzip"}))
        if is_packed
        else (lambda _: StreamingResponse(pieces(), media_type="application/json"))
    )
    with opened(server.url, tmp_path) as store, pytest.raises(StoreUnavailable, match="more than 1,000,000 bytes"):
        store.seq()


def test_credentials_do_not_follow_a_redirect(server: Scripted, tmp_path: Path) -> None:
    with Scripted().running() as elsewhere:
        server.answer = lambda request: RedirectResponse(elsewhere.url + request.url.path, status_code=307)
        with opened(server.url.replace("//", "//ada:secret@"), tmp_path) as store, pytest.raises(StoreUnavailable):
            store.runs.get("a")
        assert server.requests and not elsewhere.requests


def test_a_server_that_is_busy_is_asked_again_for_what_may_arrive_twice(server: Scripted, tmp_path: Path) -> None:
    answers = iter([503, 429])

    def answer(_: Request) -> Response:
        status = next(answers, None)
        return JSONResponse({"wire": wire.VERSION, "seq": 7}) if status is None else Response(status_code=status)

    server.answer = answer
    with opened(server.url, tmp_path) as store:
        assert store.seq() == 7


def test_what_must_not_arrive_twice_is_sent_once(server: Scripted, tmp_path: Path) -> None:
    def answer(request: Request) -> Response:
        if request.url.path.endswith("nbtrack/server"):
            return JSONResponse({"wire": wire.VERSION, "seq": 1})
        return Response(status_code=503)

    server.answer = answer
    with opened(server.url, tmp_path) as store, pytest.raises(StoreUnavailable, match="busy"):
        store.experiments.create("wine", tags={})
    assert [request.url.path for request in server.requests].count("/api/2.0/nbtrack/store/experiments/create") == 1


def test_a_newer_nbtrack_server_says_what_to_upgrade(server: Scripted, tmp_path: Path) -> None:
    server.answer = lambda _: JSONResponse({"nbtrack": "9.0", "wire": wire.VERSION + 1, "seq": 1})
    with opened(server.url, tmp_path) as store, pytest.raises(StoreTooNew, match="Upgrade this one"):
        store.seq()


def basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


@pytest.mark.parametrize(
    ("userinfo", "variables", "expected"),
    [
        ("ada:p%40ss@", {"NBTRACK_TRACKING_TOKEN": "t"}, basic("ada", "p@ss")),
        ("", {"NBTRACK_TRACKING_TOKEN": "t", "MLFLOW_TRACKING_TOKEN": "m"}, "Bearer t"),
        ("", {"MLFLOW_TRACKING_USERNAME": "ada", "MLFLOW_TRACKING_PASSWORD": "p"}, basic("ada", "p")),
        ("", {"MLFLOW_TRACKING_TOKEN": "m"}, "Bearer m"),
        ("", {}, basic("net", "rc")),
    ],
)
def test_who_asks_is_told_as_mlflows_clients_tell_it(
    server: Scripted, tmp_path: Path, monkeypatch, userinfo: str, variables: dict[str, str], expected: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login net password rc\n")
    with opened(server.url.replace("//", f"//{userinfo}"), tmp_path) as store:
        store.experiments.list()
    assert {request.headers["authorization"] for request in server.requests} == {expected}


def test_a_password_is_in_no_message(tmp_path: Path) -> None:
    with opened(f"http://ada:secret@127.0.0.1:{free_port()}/", tmp_path) as store:
        with pytest.raises(StoreUnavailable) as raised:
            store.runs.get("a")
        assert "secret" not in f"{raised.value!r} {raised.value} {store.uri} {vars(store)}"


@pytest.mark.parametrize("uri", ["http://", "http://:80", "http://host:port", "http://[::1"])
def test_a_uri_without_a_server_is_refused(tmp_path: Path, uri: str) -> None:
    with pytest.raises(InvalidInput, match="names no server"):
        HttpStore(uri, outbox=tmp_path)


def test_messages_that_make_no_sense_are_refused() -> None:
    call = wire.calls()["runs/get"]
    for message in (b"", b"\xc1", json.dumps({"run_id": 1}).encode(), b"\x81\xa6run_id\x01", b"\x91" * 100_000):
        with pytest.raises(InvalidInput, match=r"runs\.get"):
            call.arguments(message)
        with pytest.raises(msgspec.DecodeError):
            call.result(message)
