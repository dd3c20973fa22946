"""MLflow's REST API in the Jupyter server, behind its token."""

from __future__ import annotations

import socket
import time

import httpx
import pytest

from nbtrack.rest import ROUTES
from tests.server.running import TOKEN, Server, wait_until

MOUNT = "/nbtrack/mlflow"
API = f"{MOUNT}/api/2.0/mlflow"


@pytest.fixture
def mlflow_api(server: Server):
    with httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {TOKEN}"}, trust_env=False) as client:
        yield client


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_every_route_refuses_a_stranger(server: Server, route):
    path = route.path.replace("{", "").replace(":path}", "").replace("}", "")
    with httpx.Client(base_url=server.url, trust_env=False) as stranger:
        answer = stranger.request(route.method, MOUNT + path, json=None if route.method == "GET" else {})
    assert (answer.status_code, answer.json()["error_code"]) == (403, "PERMISSION_DENIED")


def test_a_client_with_the_token_logs_to_the_servers_store(server: Server, mlflow_api: httpx.Client):
    made = mlflow_api.post(f"{API}/runs/create", json={"experiment_id": "0", "run_name": "from outside"})
    run_id = made.json()["run"]["info"]["run_id"]
    point = {"run_id": run_id, "key": "loss", "value": 0.5, "timestamp": 1}
    assert mlflow_api.post(f"{API}/runs/log-metric", json=point).json() == {}
    wait_until(lambda: dict(server.store.runs.get(run_id).data.metrics) == {"loss": 0.5})
    read = mlflow_api.get(f"{API}/runs/get", params={"run_id": run_id}).json()
    assert read["run"]["info"]["run_name"] == "from outside"


def test_mistakes_are_told_as_the_rest_server_tells_them(mlflow_api: httpx.Client):
    answer = mlflow_api.post(f"{API}/experiments/create", json={})
    assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    for path in (MOUNT + "/", f"{API}/nothing", MOUNT + "/%2e%2e/api/store"):
        answer = mlflow_api.get(path)
        assert answer.status_code == 404, path


def test_a_huge_body_is_refused(mlflow_api: httpx.Client):
    for path in (f"{API}/runs/log-batch", f"{API}/nothing"):
        content = b" " * 20_000_000
        answer = mlflow_api.post(path, content=content, headers={"Content-Type": "application/json"})
        assert answer.status_code == (404 if path.endswith("nothing") else 413)


def test_files_stream_up_and_down(server: Server, mlflow_api: httpx.Client):
    run_id = server.run("with files")
    place = f"{MOUNT}/api/2.0/mlflow-artifacts/artifacts/0/{run_id}/artifacts/deep/x.bin"
    content = bytes(range(256)) * 40_000
    chunks = (content[start : start + 100_000] for start in range(0, len(content), 100_000))
    assert mlflow_api.put(place, content=chunks).status_code == 200
    assert mlflow_api.get(place).content == content
    part = mlflow_api.get(place, headers={"Range": "bytes=256-511"})
    assert (part.status_code, part.content) == (206, bytes(range(256)))
    assert mlflow_api.put(place.replace(run_id, "0" * 32), content=content).status_code == 404


def test_a_page_of_another_origin_gets_nothing_with_the_users_cookie(server: Server):
    with httpx.Client(base_url=server.url, trust_env=False) as browser:
        browser.get("/", params={"token": TOKEN})
        assert browser.get(f"{API}/runs/get", headers={"Origin": "https://evil.example"}).status_code == 404
        assert browser.post(f"{API}/experiments/create", json={"name": "forged"}).status_code == 403


def test_a_refusal_is_heard_by_a_client_whose_body_comes_late(server: Server):
    host, port = server.url.removeprefix("http://").split(":")
    head = f"POST {API}/experiments/create HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: 2000\r\n\r\n"
    with socket.create_connection((host, int(port)), timeout=20) as stranger:
        stranger.sendall(head.encode())
        for _ in range(2):
            time.sleep(0.2)  # time for an answer that does not wait for the body
            stranger.sendall(b" " * 1000)
        assert stranger.recv(20).startswith(b"HTTP/1.1 403")


def begun(server: Server, method: str, path: str, length: str, *, token: str = TOKEN) -> socket.socket:
    """Send the head of a request whose body never comes."""
    host, port = server.url.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)), timeout=20)
    head = f"{method} {path} HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: Bearer {token}\r\n{length}\r\n"
    connection.sendall(f"{head}Content-Type: application/json\r\n\r\n".encode())
    return connection


@pytest.mark.parametrize(
    ("method", "path", "token", "status"),
    [
        ("POST", f"{API}/runs/log-batch", TOKEN, 413),
        ("POST", f"{API}/nothing", TOKEN, 404),
        ("POST", f"{API}/runs/log-batch", "wrong", 403),
    ],
)
def test_who_announces_too_much_is_told_before_any_of_it_comes(
    server: Server, method: str, path: str, token: str, status: int
):
    with begun(server, method, path, f"Content-Length: {10**12}", token=token) as connection:
        answer = connection.makefile("rb")
        assert int(answer.readline().split()[1]) == status
        answer.read()  # the server waits for the body no longer either


def test_an_answer_that_is_early_does_not_spoil_the_next_one(server: Server):
    with begun(server, "POST", f"{API}/nothing", "Content-Length: 10") as connection:
        assert b" 404 " in connection.recv(65536)
        connection.sendall(b"0123456789")
        follow = f"GET {API}/experiments/get?experiment_id=0 HTTP/1.1\r\nHost: {server.url[7:]}\r\n"
        connection.sendall(f"{follow}Authorization: Bearer {TOKEN}\r\n\r\n".encode())
        assert b" 200 " in connection.recv(65536)


@pytest.mark.parametrize("origin", ["http://127.0.0.1:3000", "http://localhost:PORT", "https://evil.example", "null"])
def test_a_page_of_another_port_of_this_machine_gets_nothing_with_the_users_cookie(server: Server, origin: str):
    with httpx.Client(base_url=server.url, trust_env=False) as browser:
        browser.get("/", params={"token": TOKEN})
        headers = {
            "Origin": origin.replace("PORT", server.url.rpartition(":")[2]),
            "X-XSRFToken": browser.cookies.get("_xsrf") or "",
        }
        assert browser.get(f"{API}/experiments/get?experiment_id=0", headers=headers).status_code in (403, 404)
        made = browser.post(f"{API}/experiments/create", json={"name": f"forged {origin}"}, headers=headers)
        assert made.status_code in (403, 404)


def test_a_strange_name_for_this_machine_is_refused(server: Server):
    headers = {"Host": "evil.example:8888", "Authorization": f"Bearer {TOKEN}"}
    answer = httpx.get(f"{server.url}{API}/experiments/get?experiment_id=0", headers=headers, trust_env=False)
    assert answer.status_code == 403


def test_a_file_in_parts_comes_through_the_mount_with_its_token(server: Server, mlflow_api: httpx.Client):
    run_id, mpu = server.run("in parts"), f"{MOUNT}/api/2.0/mlflow-artifacts/mpu"
    body = {"path": "/home/me/x.bin", "num_parts": 2}
    begun = mlflow_api.post(f"{mpu}/create/0/{run_id}/artifacts", json=body).json()
    sent = []
    for credential, content in zip(begun["credentials"], (b"first ", b"second"), strict=True):
        # As MLflow's client does it: with what the server said, and nothing of its own.
        answer = httpx.put(credential["url"], content=content, headers=credential["headers"], trust_env=False)
        assert answer.status_code == 200
        sent.append({"part_number": credential["part_number"], "etag": answer.headers["etag"]})
        assert httpx.put(credential["url"], content=b"x", trust_env=False).status_code == 403
    body = {"path": "/home/me/x.bin", "upload_id": begun["upload_id"], "parts": sent}
    assert mlflow_api.post(f"{mpu}/complete/0/{run_id}/artifacts", json=body).json() == {}
    assert server.store.artifacts.local_path(run_id, "x.bin").read_bytes() == b"first second"
