"""Supervising served models, with real child processes."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import psutil
import pytest

from nbtrack.errors import InvalidInput, InvalidState, NotFound
from nbtrack.server.child import MAX_LOG_BYTES, LogTail
from nbtrack.server.deployments import Deployments, free_port, serve_command
from tests.server.running import wait_until

ANSWERING = """
import http.server, sys
class Ping(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.send_header("Content-Length", "0"); self.end_headers()
print("listening", flush=True)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Ping).serve_forever()
"""
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + ANSWERING
FAILING = "raise SystemExit('No such model')"


@pytest.fixture
def deployments_of(tmp_path: Path):
    made = []

    def make(script: str) -> Deployments:
        supervisor = Deployments(
            tmp_path,
            on_change=lambda: None,
            command=lambda uri, port: [sys.executable, "-c", script, str(port), uri],
        )
        made.append(supervisor)
        return supervisor

    yield make
    for supervisor in made:
        supervisor.close()


def start(supervisor: Deployments, *, port: int | None = None) -> str:
    return supervisor.start("runs:/abc/model", run_id="abc", port=port, at_ms=1).deployment_id


def state_of(supervisor: Deployments, key: str) -> str:
    return supervisor.get(key).state


def test_the_command_is_nbtracks_own_with_the_uri_as_one_argument():
    expected = [sys.executable, "-m", "nbtrack", "models", "serve", "-m", "runs:/a b/model", "-p", "5001"]
    assert serve_command("runs:/a b/model", 5001) == expected


def test_a_model_starts_answers_and_stops(deployments_of):
    supervisor = deployments_of(ANSWERING)
    key = start(supervisor)
    assert (state_of(supervisor, key), supervisor.get(key).url) == ("starting", None)
    wait_until(lambda: state_of(supervisor, key) == "running")
    url = supervisor.get(key).url
    assert httpx.get(f"{url}/ping", trust_env=False).status_code == 200
    assert "listening" in supervisor.log(key)
    with pytest.raises(InvalidState, match="stop it first"):
        supervisor.forget(key)
    assert supervisor.stop(key).state == "stopped"
    assert supervisor.stop(key).error is None
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url}/ping", trust_env=False)
    supervisor.forget(key)
    with pytest.raises(NotFound):
        supervisor.get(key)


def test_a_model_that_cannot_be_served_fails_with_its_last_words(deployments_of):
    supervisor = deployments_of(FAILING)
    key = start(supervisor)
    wait_until(lambda: state_of(supervisor, key) == "failed")
    assert supervisor.get(key).error == "No such model"
    supervisor.forget(key)
    assert supervisor.list() == []


def test_a_model_that_dies_later_has_failed(deployments_of, tmp_path):
    supervisor = deployments_of(f"import os; open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))" + ANSWERING)
    key = start(supervisor)
    wait_until(lambda: state_of(supervisor, key) == "running")
    os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)
    wait_until(lambda: state_of(supervisor, key) == "failed")
    assert supervisor.get(key).url is None


def test_a_model_that_ignores_the_request_to_stop_is_killed(deployments_of, monkeypatch):
    monkeypatch.setattr("nbtrack.server.child.Child.terminate.__kwdefaults__", {"grace_s": 0.3})
    supervisor = deployments_of(STUBBORN)
    key = start(supervisor)
    wait_until(lambda: state_of(supervisor, key) == "running")
    assert supervisor.stop(key).state == "stopped"


def test_a_port_that_is_taken_or_forbidden_is_refused(deployments_of):
    supervisor = deployments_of(ANSWERING)
    port = free_port()
    key = start(supervisor, port=port)
    wait_until(lambda: state_of(supervisor, key) == "running")
    with pytest.raises(InvalidState, match=f"Port {port} is taken"):
        start(supervisor, port=port)
    with pytest.raises(InvalidInput, match="from 1024 to 65535"):
        start(supervisor, port=80)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties a child to its parent's life")
def test_a_served_model_dies_with_a_server_that_is_killed(tmp_path):
    code = f"""
import pathlib, sys, time
from nbtrack.server.deployments import Deployments
script = "import os; open('pid', 'w').write(str(os.getpid()))" + {ANSWERING!r}
supervisor = Deployments(pathlib.Path({str(tmp_path)!r}), on_change=lambda: print(flush=True),
    command=lambda uri, port: [sys.executable, "-c", script, str(port)])
supervisor.start("runs:/a/m", run_id=None, port=None, at_ms=1)
while supervisor.list()[0].state != "running": time.sleep(0.01)
print("running", flush=True)
time.sleep(600)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as server:
        assert any(line.strip() == "running" for line in server.stdout)
        served = int((tmp_path / "pid").read_text())
        assert psutil.pid_exists(served)
        server.kill()
    wait_until(lambda: not psutil.pid_exists(served) or psutil.Process(served).status() == "zombie")


def test_a_log_keeps_its_end_within_bounds():
    tail = LogTail()
    for number in range(50_000):
        tail.append(f"line {number}\n".encode())
    tail.append(b"x" * (MAX_LOG_BYTES // 2))
    assert len(tail.text) <= MAX_LOG_BYTES
    assert tail.text.endswith("x")
    assert "line 0\n" not in tail.text


@pytest.mark.parametrize(
    ("log", "words"),
    [
        ("", ""),
        ("INFO started\n\nTraceback ...\nValueError: no\n\n", "ValueError: no"),
        ("INFO started\nError: first\nError: The model can't:\n- a\n- b\n", "The model can't:\n- a\n- b"),
    ],
)
def test_the_last_words_of_a_process_say_what_went_wrong(log, words):
    tail = LogTail()
    for line in log.splitlines(keepends=True):
        tail.append(line.encode())
    assert tail.last_words == words
