"""Who may ask, how the server runs and how it ends."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import mlflow
import psutil
import pytest

from nbtrack.web import AllowedHosts
from tests.rest.running import API, RestServer, running
from tests.server.running import wait_until

TOKEN = "a secret"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RestServer]:
    folder = tmp_path_factory.mktemp("guarded")
    with running(
        folder, "--workers", "2", "--allowed-hosts", "ml.example.org,*.lab.example", NBTRACK_SERVER_TOKEN=TOKEN
    ) as up:
        up.http.headers["Authorization"] = f"Bearer {TOKEN}"
        yield up


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("localhost:5000", 200),
        ("127.0.0.1", 200),
        ("[::1]:80", 200),
        ("LOCALHOST", 200),
        ("evil.example", 403),
        ("localhost.evil.example", 403),
        ("127.0.0.1.evil.example", 403),
        ("10.0.0.5", 403),
        ("", 403),
        ("user@localhost", 403),
        ("localhost evil.example", 403),
    ],
)
def test_only_requests_to_this_machine_are_answered(server: RestServer, host: str, status: int) -> None:
    answer = server.http.get(f"{API}/experiments/get", params={"experiment_id": "0"}, headers={"Host": host})
    assert answer.status_code in {status, 400 if status == 403 else status}
    if answer.status_code == 403:
        assert answer.json()["error_code"] == "PERMISSION_DENIED"


@pytest.mark.parametrize(
    "origin",
    [
        "http://localhost:3000",
        "http://localhost",
        "http://127.0.0.1:PORT",
        "https://evil.example",
        "null",
        "http://localhost.evil.example:PORT",
        "http://localhost:PORT@evil.example",
        "http://evil.example#localhost:PORT",
        "ftp://localhost:PORT",
        "localhost:PORT",
        "http://",
        "file://",
        "vscode-webview://localhost:PORT",
    ],
)
def test_pages_of_elsewhere_are_refused(server: RestServer, origin: str) -> None:
    """Other ports of this machine are elsewhere too."""
    port = server.url.rpartition(":")[2]
    headers = {"Origin": origin.replace("PORT", port), "Host": f"localhost:{port}"}
    for path in (f"{API}/experiments/get?experiment_id=0", "/health"):
        assert server.http.get(path, headers=headers).status_code == 403
    forged = server.http.post(f"{API}/experiments/create", json={"name": f"forged {origin}"}, headers=headers)
    assert (forged.status_code, forged.json()["error_code"]) == (403, "PERMISSION_DENIED")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_pages_at_the_servers_own_address_are_answered(server: RestServer, scheme: str) -> None:
    """TLS ends before the server, if there is any."""
    port = server.url.rpartition(":")[2]
    for host in (f"localhost:{port}", f"127.0.0.1:{port}", f"[::1]:{port}"):
        headers = {"Origin": f"{scheme}://{host}", "Host": host}
        assert server.http.get("/health", headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("origin", "is_allowed"),
    [
        ("https://ml.example.org", True),
        ("https://ml.example.org:443", True),
        ("http://ml.example.org", True),
        ("https://ml.example.org:8888", False),
        ("https://other.example.org", False),
        ("https://gpu.lab.example:8443", True),
        ("https://gpu.lab.example", False),
        ("https://evil.example", False),
    ],
)
def test_pages_of_a_proxy_are_told_by_the_names_that_were_allowed(origin: str, is_allowed: bool) -> None:
    allowed = AllowedHosts.of(("ML.example.org", "*.lab.example:8443", "*", "::"))
    assert allowed.allows_origin(origin, "127.0.0.1:5000") is is_allowed


def test_names_that_were_allowed_are_answered(guarded: RestServer) -> None:
    for host, status in (
        ("ml.example.org", 200),
        ("gpu.lab.example:80", 200),
        ("lab.example", 403),
        ("ml.example", 403),
    ):
        assert guarded.http.get("/health", headers={"Host": host}).status_code == status


def test_a_server_for_all_addresses_still_refuses_strange_names() -> None:
    public = AllowedHosts.of(("ml.example.org",), any_address=True)
    assert all(public.allows_host(host) for host in ("10.0.0.5:5000", "[fe80::1]", "localhost", "ml.example.org"))
    assert not any(public.allows_host(host) for host in ("evil.example", "", "10.0.0.5.evil.example"))


@pytest.mark.parametrize("given", [None, "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer é"])
def test_without_the_token_nothing_is_answered_but_that_the_server_is_up(
    guarded: RestServer, given: str | None
) -> None:
    headers = {} if given is None else {"Authorization": given.encode()}
    with httpx.Client(base_url=guarded.url, headers=headers, trust_env=False) as stranger:
        for method, path in (("GET", f"{API}/experiments/get"), ("POST", f"{API}/runs/create"), ("GET", "/nothing")):
            answer = stranger.request(method, path, json={} if method == "POST" else None)
            assert (answer.status_code, answer.json()["error_code"]) == (401, "UNAUTHENTICATED")
        assert stranger.get("/health").text == "OK"


def test_mlflows_client_sends_the_token(guarded: RestServer, monkeypatch: pytest.MonkeyPatch) -> None:
    client = mlflow.MlflowClient(guarded.url)
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", TOKEN)
    run_id = client.create_run("0").info.run_id
    client.log_text(run_id, "hello", "a.txt")
    assert guarded.store.runs.get(run_id).info.run_id == run_id


def test_workers_share_the_store_and_a_dead_one_is_replaced(guarded: RestServer) -> None:
    parent = psutil.Process(guarded.pid)

    def workers() -> list[psutil.Process]:
        living = [child for child in parent.children() if child.status() != psutil.STATUS_ZOMBIE]
        return [child for child in living if "resource_tracker" not in " ".join(child.cmdline())]

    wait_until(lambda: len(workers()) == 2)
    run_id = guarded.new_run()

    def log(step: int) -> int:
        point = {"key": "m", "value": step, "timestamp": 1, "step": step}
        with httpx.Client(base_url=guarded.url, headers=guarded.http.headers, trust_env=False, timeout=60) as http:
            return http.post(f"{API}/runs/log-batch", json={"run_id": run_id, "metrics": [point]}).status_code

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(log, range(100))) == {200}
    assert [point.step for point in guarded.store.metrics.history(run_id, "m").points] == list(range(100))
    victim = workers()[0]
    victim.kill()
    wait_until(lambda: len(workers()) == 2 and victim.pid not in {worker.pid for worker in workers()})
    assert guarded.http.get("/health").status_code == 200


def test_workers_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    with running(tmp_path, "--workers", "2", is_killed=True) as up:
        parent = psutil.Process(up.pid)
        wait_until(lambda: len(parent.children()) >= 2)
        family = parent.children()
        os.kill(up.pid, signal.SIGKILL)
        _, alive = psutil.wait_procs(family, timeout=30)
        assert alive == []


def test_a_slow_request_holds_up_no_other(server: RestServer, tmp_path: Path) -> None:
    """While writers wait for the store's lock, and slow uploads for their clients, the server says that it is up."""
    run_id = server.new_run()
    port = int(server.url.rpartition(":")[2])
    slow = []
    for name in ("a.bin", "b.bin"):
        connection = socket.create_connection(("127.0.0.1", port))
        place = f"/api/2.0/mlflow-artifacts/artifacts/0/{run_id}/artifacts/{name}"
        connection.sendall(f"PUT {place} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhalf".encode())
        slow.append(connection)
    lock = sqlite3.connect(server.folder / "store" / "nbtrack.db", isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    logged = threading.Thread(target=lambda: server.post("/runs/set-tag", run_id=run_id, key="a", value="b"))
    logged.start()
    try:
        for _ in range(20):
            assert httpx.get(f"{server.url}/health", trust_env=False, timeout=5).text == "OK"
            assert (
                httpx.get(f"{server.url}{API}/runs/get?run_id={run_id}", trust_env=False, timeout=5).status_code == 200
            )
        assert logged.is_alive()
    finally:
        lock.execute("ROLLBACK")
        lock.close()
        logged.join()
        for connection in slow:
            connection.sendall(b"-whole")
            assert b"200" in connection.recv(4096)
            connection.close()
    assert server.store.runs.get(run_id).data.tags["a"] == "b"
    assert server.store.artifacts.local_path(run_id, "a.bin").read_bytes() == b"half-whole"


def test_the_server_ends_though_a_client_never_finishes_its_upload(tmp_path: Path) -> None:
    with running(tmp_path) as up:
        run_id, port = up.new_run(), int(up.url.rpartition(":")[2])
        connection = socket.create_connection(("127.0.0.1", port))
        place = f"/api/2.0/mlflow-artifacts/artifacts/0/{run_id}/artifacts/half.bin"
        head = f"PUT {place} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10000000\r\n\r\n"
        connection.sendall(head.encode() + b"x" * 2_000_000)
        folder = tmp_path / "store" / "artifacts" / run_id
        wait_until(lambda: folder.is_dir() and any(folder.iterdir()))
    connection.close()
    assert list(folder.iterdir()) == []


def test_a_store_that_can_not_be_opened_is_one_message(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("no folder")
    with pytest.raises(AssertionError, match="is a file, not an nbtrack store"), running(tmp_path):
        pass
