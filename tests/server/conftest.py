"""A real Jupyter server on a real store."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from nbtrack.store import open_store
from tests.server.running import TOKEN, Server, wait_until


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    yield from started_server(tmp_path_factory)


def started_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run a server with this process's environment; what it writes to its log must hold no traceback."""
    root, private = tmp_path_factory.mktemp("root"), tmp_path_factory.mktemp("jupyter")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("NBTRACK_", "JUPYTER_"))}
    environment |= {
        "JUPYTER_CONFIG_DIR": str(private / "config"),
        "JUPYTER_DATA_DIR": str(private / "data"),
        "JUPYTER_RUNTIME_DIR": str(private / "runtime"),
        "IPYTHONDIR": str(private / "ipython"),
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]),
    }
    command = [
        *(sys.executable, "-m", "jupyter", "server", "--no-browser", "--allow-root", "--ip=127.0.0.1"),
        *(f"--port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}"),
        *(f"--ServerApp.root_dir={root}", "--ServerApp.jpserver_extensions={'nbtrack': True}"),
    ]
    url, log = f"http://127.0.0.1:{port}", private / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
    api = httpx.Client(base_url=f"{url}/nbtrack/api/", headers={"Authorization": f"token {TOKEN}"}, trust_env=False)
    stranger = httpx.Client(base_url=f"{url}/nbtrack/api/", trust_env=False)

    def is_up() -> bool:
        assert process.poll() is None, log.read_text()
        try:
            return api.get("store").status_code == 200
        except httpx.TransportError:
            return False

    wait_until(is_up, timeout_s=60)
    store = open_store(str(root / ".nbtrack"))
    yield Server(url, root, private / "runtime", process.pid, api, stranger, store)
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0, log.read_text()
    store.close()
    api.close()
    stranger.close()
    assert "Traceback" not in log.read_text(), log.read_text()
