"""Clients that send slowly have their time, until others wait for their place."""

from __future__ import annotations

import selectors
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from nbtrack.entities import NewRun
from nbtrack.rest import RestApp, Services, app, bodies
from nbtrack.store import Store, open_store
from tests.rest.running import API
from tests.web.running import serving

PLACES = 2
RUN = "a" * 32
UPLOAD = f"/api/2.0/mlflow-artifacts/artifacts/0/{RUN}/artifacts"
LARGE = b" " * (8 * bodies.SMALL_BYTES)
"""More than comes at a time."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(str(tmp_path / "store"))
    opened.runs.create([NewRun(RUN, "run", "0", 1)])
    yield opened
    opened.close()


@pytest.fixture
def http(store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[httpx.Client]:
    """Give a client of a server that has few places, and little patience with who dawdles in them."""
    monkeypatch.setattr(app, "MAX_UPLOADS", PLACES)
    monkeypatch.setattr(app, "LARGE_BODIES_AT_ONCE", PLACES)
    monkeypatch.setattr(bodies, "DAWDLING_S", 0.2)
    monkeypatch.setattr(bodies, "LOOK_AGAIN_S", 0.1)
    rest = RestApp(Services(lambda: store))
    with (
        serving(rest) as port,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False) as client,
    ):
        yield client


def begin(http: httpx.Client, method: str, path: str, sent: bytes, *, length: int) -> socket.socket:
    """Send a part of a request, and no more."""
    connection = socket.create_connection((http.base_url.host, http.base_url.port), timeout=60)
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {length}"
    connection.sendall(head.encode() + b"\r\n\r\n" + sent)
    return connection


def status_of(connection: socket.socket) -> int:
    with connection:
        return int(connection.recv(1000).split()[1])


def ask_until_told(slow: list[socket.socket], ask: Callable[[], httpx.Response]) -> None:
    """Ask, and be answered, until one of those that dawdle has lost its place."""
    with selectors.DefaultSelector() as selector:
        for each in slow:
            selector.register(each, selectors.EVENT_READ, each)
        told: list[socket.socket] = []
        while not told:
            assert ask().status_code == 200
            told = [key.data for key, _ in selector.select(0)]
    assert status_of(told[0]) == 408
    for each in slow:
        each.close()


def test_an_upload_takes_the_place_of_one_that_dawdles(http: httpx.Client, store: Store) -> None:
    slow = [begin(http, "PUT", f"{UPLOAD}/{n}.bin", LARGE, length=10**9) for n in range(PLACES)]
    ask_until_told(slow, lambda: http.put(f"{UPLOAD}/whole.bin", content=LARGE))
    assert [entry.path for entry in store.artifacts.list(RUN)] == ["whole.bin"]


def test_a_small_upload_takes_no_place_before_it_is_whole(http: httpx.Client, store: Store) -> None:
    slow = [begin(http, "PUT", f"{UPLOAD}/{n}.bin", b"half", length=10) for n in range(5 * PLACES)]
    assert http.put(f"{UPLOAD}/whole.bin", content=LARGE).status_code == 200
    for each in slow:
        each.sendall(b"-whole")
    assert {status_of(each) for each in slow} == {200}
    assert store.artifacts.local_path(RUN, "3.bin").read_bytes() == b"half-whole"


def test_who_dawdles_where_nobody_waits_is_waited_for(http: httpx.Client, store: Store) -> None:
    slow = begin(http, "PUT", f"{UPLOAD}/slow.bin", LARGE, length=len(LARGE) + 1)
    for _ in range(5):
        assert http.put(f"{UPLOAD}/other.bin", content=LARGE).status_code == 200
    slow.sendall(b".")
    assert status_of(slow) == 200
    assert store.artifacts.local_path(RUN, "slow.bin").read_bytes() == LARGE + b"."


def test_a_large_request_takes_the_place_of_one_that_dawdles(http: httpx.Client) -> None:
    path = f"{API}/experiments/search"
    slow = [begin(http, "POST", path, LARGE, length=10**7) for _ in range(PLACES)]
    body = LARGE + b'{"max_results": 1}'
    ask_until_told(slow, lambda: http.post(path, content=body, headers={"Content-Type": "application/json"}))


@pytest.mark.parametrize("sent", [b"", b"half", LARGE])
@pytest.mark.parametrize(("method", "path"), [("PUT", f"{UPLOAD}/never.bin"), ("POST", f"{API}/experiments/create")])
def test_a_body_that_never_ends_is_told_so(
    http: httpx.Client, store: Store, monkeypatch: pytest.MonkeyPatch, method: str, path: str, sent: bytes
) -> None:
    monkeypatch.setattr(bodies, "PIECE_TIMEOUT_S", 0.3)
    assert status_of(begin(http, method, path, sent, length=10**7)) == 408
    assert list(store.artifacts.list(RUN)) == []
