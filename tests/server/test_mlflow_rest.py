"""MLflow's REST API in the Jupyter server, behind its token."""

from __future__ import annotations

import socket
import time

import httpx
import pytest

from nbtrack.rest import ROUTES
from tests.server.running import TOKEN, Server

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
    assert server.store.runs.get(run_id).data.metrics == {"loss": 0.5}
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
