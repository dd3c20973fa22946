"""A running `nbtrack server` as tests see it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from nbtrack.store import Store, open_store
from tests.environments import without_trackers

ROOT = Path(__file__).parents[2]
API = "/api/2.0/mlflow"


@dataclass(frozen=True)
class RestServer:
    """A server, its process, and its store as another process opens it."""

    url: str
    pid: int
    folder: Path
    http: httpx.Client
    store: Store

    def post(self, path: str, **body: Any) -> httpx.Response:
        return self.http.post(API + path, json=body)

    def get(self, path: str, **query: Any) -> httpx.Response:
        return self.http.get(API + path, params=query)

    def new_experiment(self, name: str) -> str:
        experiment_id: str = self.post("/experiments/create", name=name).json()["experiment_id"]
        return experiment_id

    def new_run(self, experiment_id: str = "0", **fields: Any) -> str:
        answer = self.post("/runs/create", experiment_id=experiment_id, **fields)
        run_id: str = answer.json()["run"]["info"]["run_id"]
        return run_id


@contextmanager
def running(folder: Path, *options: str, is_killed: bool = False, **environment: str) -> Iterator[RestServer]:
    """Run a server on the store ``folder / "store"``.

    In the end it must stop at SIGTERM, unless the test kills it, and have failed nowhere.
    """
    variables = (
        without_trackers() | {"PYTHONPATH": f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"} | environment
    )
    store_folder, log = folder / "store", folder / "server.log"
    command = [sys.executable, "-m", "nbtrack", "server", "--dir", str(store_folder), "--port", "0", *options]
    with log.open("wb") as errors:
        process = subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, stderr=errors, text=True, cwd=folder)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert " at http://" in line, log.read_text()
        url = line.partition(" at ")[2].partition(";")[0]
        store = open_store(str(store_folder))
        with httpx.Client(base_url=url, trust_env=False, timeout=60) as http:
            yield RestServer(url, process.pid, folder, http, store)
        store.close()
        if not is_killed:
            process.send_signal(signal.SIGTERM)
        assert process.wait(30) == (-signal.SIGKILL if is_killed else 0), log.read_text()
        assert "Traceback" not in log.read_text(), log.read_text()
    finally:
        process.kill()
        process.communicate()
