"""Requests as no client sends them by mistake: each has one answer, or none, and the server goes on."""

from __future__ import annotations

import socket

import pytest

from tests.rest.running import API, RestServer

SEARCH = f"{API}/experiments/search"
BODY = '{"max_results": 1}'
JSON = "Content-Type: application/json\r\n"
POST = f"POST {SEARCH} HTTP/1.1\r\nHost: localhost\r\n{JSON}"
GET = f"GET {SEARCH}?max_results=1 HTTP/1.1\r\nHost: localhost\r\n"
CHUNKS = f"{len(BODY):x}\r\n{BODY}\r\n0\r\n"


def status_of(server: RestServer, request: str) -> int:
    port = int(server.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(request.encode("latin-1"))
        answer = connection.recv(65536)
    assert b"Traceback" not in answer
    return int(answer.split()[1])


@pytest.mark.parametrize(
    ("request_text", "status"),
    [
        (f"{POST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n{CHUNKS}\r\n", 400),
        (f"{POST}Content-Length: {len(BODY)}\r\nContent-Length: 5\r\n\r\n{BODY}", 400),
        (f"{POST}Content-Length: +{len(BODY)}\r\n\r\n{BODY}", 400),
        (f"{POST}Content-Length: -1\r\n\r\n{BODY}", 400),
        (f"{POST}Content-Length: {'9' * 5000}\r\n\r\n", 400),
        (f"{POST}Transfer-Encoding: xchunked\r\n\r\n{BODY}", 400),
        (f"{POST}Transfer-Encoding: gzip, chunked\r\n\r\n{CHUNKS}\r\n", 400),
        (f"{POST}Transfer-Encoding: chunked\r\n\r\n-1\r\n{BODY}\r\n0\r\n\r\n", 400),
        (f"{POST}Transfer-Encoding: chunked\r\n\r\n{CHUNKS}Authorization: x\r\nContent-Length: 5\r\n\r\n", 200),
        (f"{GET}Host: evil.example\r\n\r\n", 400),
        (f"GET {SEARCH} HTTP/1.1\r\n\r\n", 400),
        (f"GET {SEARCH} HTTP/1.0\r\n\r\n", 403),
        (f"GET http://evil.example{SEARCH} HTTP/1.1\r\nHost: localhost\r\n\r\n", 404),
        ("CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n", 404),
        ("OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n", 404),
        (f"OPTIONS {SEARCH} HTTP/1.1\r\nHost: localhost\r\n\r\n", 405),
        (f"TRACE {SEARCH} HTTP/1.1\r\nHost: localhost\r\n\r\n", 405),
        (f"HEAD {SEARCH} HTTP/1.1\r\nHost: localhost\r\n\r\n", 405),
        (f"{GET}X-Bad: a\0b\r\n\r\n", 400),
        (f"{GET}Authorization: \xff\xfe\r\n\r\n", 200),
        (f"{GET}Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x\r\n\r\n", 200),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 403),
        ("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
        ("GET /api/2.0/mlflow/%00 HTTP/1.1\r\nHost: localhost\r\n\r\n", 404),
        (f"GET {SEARCH}?max_results={'9' * 5000} HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        (f"GET {SEARCH}?max_results=1&filter=%ff%c0%af HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    ],
    ids=lambda value: repr(value.replace("\r\n", " ").replace(SEARCH, ""))[:90] if isinstance(value, str) else None,
)
def test_no_shape_of_a_request_makes_the_server_fail(server: RestServer, request_text: str, status: int) -> None:
    assert status_of(server, request_text) == status
    assert server.http.get("/health").text == "OK"


def test_ranges_that_are_many_or_none_cost_one_file(server: RestServer) -> None:
    run_id = server.new_run()
    place = f"/api/2.0/mlflow-artifacts/artifacts/0/{run_id}/artifacts/x.bin"
    server.http.put(place, content=b"0123456789")
    for wanted in (",".join(f"{n}-{n}" for n in range(5000)), "0-1;", "--5", "99999999999999999999-", "0-1,"):
        answer = server.http.get(place, headers={"Range": f"bytes={wanted}"})
        assert (answer.status_code, answer.content) == (200, b"0123456789")
