"""Clients that take their time to say what they ask: they are left, and hold up nobody."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator

import pytest

from nbtrack.web import Receive, Scope, Send, patient_protocol
from tests.web.running import serving

HEAD_TIMEOUT_S = 0.3
REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer after longer than a head may take."""
    await asyncio.sleep(3 * HEAD_TIMEOUT_S)
    headers = [(b"content-length", b"2")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"OK"})


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with serving(app, http=patient_protocol(HEAD_TIMEOUT_S), lifespan="off") as port:
        yield port


@pytest.fixture
def connection(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connected:
        yield connected


def is_left(connection: socket.socket) -> bool:
    """Wait for the server to end the connection without an answer."""
    try:
        return connection.recv(1000) == b""
    except ConnectionResetError:
        return True


def read_answers(connection: socket.socket, count: int) -> None:
    answers = b""
    while answers.count(b"\r\n\r\nOK") < count:
        received = connection.recv(1000)
        assert received, answers
        answers += received


@pytest.mark.parametrize("sent", [b"", b"G", REQUEST[:-2], REQUEST[:-2] + b"X-Many: 1\r\n" * 100])
def test_a_request_that_is_never_whole_is_not_waited_for(connection: socket.socket, sent: bytes) -> None:
    connection.sendall(sent)
    assert is_left(connection)


def test_a_head_that_trickles_in_is_not_waited_for(connection: socket.socket) -> None:
    stop = threading.Event()

    def trickle() -> None:
        while not stop.wait(HEAD_TIMEOUT_S / 10):
            try:
                connection.sendall(b"x")
            except OSError:
                return

    connection.sendall(b"GET / HTTP/1.1\r\nX-Long: ")
    thread = threading.Thread(target=trickle)
    thread.start()
    assert is_left(connection)
    stop.set()
    thread.join()


def test_an_answer_may_take_longer_and_so_may_the_next_request(connection: socket.socket) -> None:
    for _ in range(2):
        connection.sendall(REQUEST)
        read_answers(connection, 1)
        threading.Event().wait(2 * HEAD_TIMEOUT_S)  # nothing is to be seen of a connection that stays


def test_the_head_of_a_later_request_is_waited_for_no_longer(connection: socket.socket) -> None:
    connection.sendall(REQUEST)
    read_answers(connection, 1)
    connection.sendall(b"G")
    assert is_left(connection)


def test_requests_that_come_together_are_all_answered(connection: socket.socket) -> None:
    connection.sendall(REQUEST * 3)
    read_answers(connection, 3)


def test_a_head_without_an_end_is_not_read_to_its_end(connection: socket.socket) -> None:
    header = b"X-Flood: " + b"x" * 10_000 + b"\r\n"
    with pytest.raises((BrokenPipeError, ConnectionResetError)):
        connection.sendall(b"GET / HTTP/1.1\r\n" + header * 10_000)
