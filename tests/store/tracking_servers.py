"""Tracking servers on loopback for tests: nbtrack's own, and MLflow's."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn

from tests.environments import without_trackers

PYTHON = os.environ.get("MLFLOW_PYTHON")
needs_mlflow = pytest.mark.skipif(PYTHON is None, reason="MLFLOW_PYTHON names no Python that has MLflow's server.")


@contextlib.contextmanager
def serving(asgi, port: int = 0) -> Iterator[int]:
    listener = socket.create_server(("127.0.0.1", port))
    server = uvicorn.Server(uvicorn.Config(asgi, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])))
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


class ServerProcess:
    """A tracking server in a process of its own, on one port of loopback; it can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port = int(listener.getsockname()[1])
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def command(self) -> list[str]:
        return [sys.executable, "-m", "nbtrack", "server", "--dir", str(self.folder / "served")]

    @property
    def environment(self) -> dict[str, str]:
        return without_trackers()

    def start(self) -> None:
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*self.command, "--host", "127.0.0.1", "--port", str(self.port)],
                cwd=self.folder,
                stdout=log,
                stderr=log,
                env=self.environment,
                start_new_session=True,
            )
        deadline = time.monotonic() + 170
        while not self._is_up():
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise RuntimeError((self.folder / "server.log").read_text())
            time.sleep(0.1)

    def kill(self) -> None:
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def _is_up(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health", timeout=5).status_code == 200
        except httpx.TransportError:
            return False


class MlflowProcess(ServerProcess):
    """A real MLflow server."""

    @property
    def command(self) -> list[str]:
        places = ["--backend-store-uri", f"sqlite:///{self.folder}/mlflow.db"]
        places += ["--artifacts-destination", str(self.folder / "artifacts")]
        return [str(PYTHON), "-m", "mlflow", "server", "--workers", "1", *places]

    @property
    def environment(self) -> dict[str, str]:
        return {name: value for name, value in super().environment.items() if name != "PYTHONPATH"}

    def empty(self) -> None:
        """Take everything out but the default experiment: a fresh server takes ten seconds to come up."""
        with contextlib.closing(sqlite3.connect(self.folder / "mlflow.db", timeout=30)) as connection, connection:
            tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            for (table,) in tables:
                kept = {"alembic_version": "1", "workspaces": "1", "experiments": "experiment_id = 0"}.get(table, "0")
                connection.execute(f"DELETE FROM {table} WHERE NOT ({kept})")  # noqa: S608 names of MLflow's tables
