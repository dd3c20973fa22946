"""Models served on this machine, supervised by the Jupyter server."""

from __future__ import annotations

import os
import secrets
import socket
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeAlias

from nbtrack.errors import InvalidInput, InvalidState, NotFound
from nbtrack.server.child import Child

State: TypeAlias = Literal["starting", "running", "stopped", "failed"]

MAX_RUNNING = 10
START_TIMEOUT_S = 120.0
PING_INTERVAL_S = 0.2
_LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Deployment:
    """A served model. ``url`` is known once it runs, ``error`` once it failed."""

    deployment_id: str
    model_uri: str
    run_id: str | None
    port: int
    started_at_ms: int
    state: State = "starting"
    error: str | None = None

    @property
    def is_live(self) -> bool:
        """Whether its process is there."""
        return self.state in ("starting", "running")

    @property
    def url(self) -> str | None:
        """Its address while it runs."""
        return f"http://{_LOOPBACK}:{self.port}" if self.state == "running" else None


ServeCommand: TypeAlias = Callable[[str, int], list[str]]


def serve_command(model_uri: str, port: int) -> list[str]:
    """Return the command that serves a model."""
    return [sys.executable, "-m", "nbtrack", "models", "serve", "-m", model_uri, "-p", str(port)]


class Deployments:
    """All deployments since the server started, safe to use from many threads.

    Parameters
    ----------
    folder
        Working folder of the children.
    on_change
        Called, in some thread, when a deployment changed its state.
    """

    def __init__(
        self,
        folder: Path,
        *,
        on_change: Callable[[], None],
        environment: Mapping[str, str] | None = None,
        command: ServeCommand = serve_command,
    ) -> None:
        self._folder, self._on_change, self._command = folder, on_change, command
        self._environment = environment
        self._lock = threading.Lock()
        self._deployments: dict[str, Deployment] = {}
        self._children: dict[str, Child] = {}
        self._stopping: set[str] = set()
        self._ended = threading.Event()

    def list(self) -> list[Deployment]:
        """Return all deployments, newest first."""
        with self._lock:
            return list(self._deployments.values())[::-1]

    def get(self, deployment_id: str) -> Deployment:
        """Return one deployment, or raise NotFound."""
        with self._lock:
            if deployment_id not in self._deployments:
                raise NotFound(f"No deployment {deployment_id!r}: it was forgotten, or the server started again.")
            return self._deployments[deployment_id]

    def start(self, model_uri: str, *, run_id: str | None, port: int | None, at_ms: int) -> Deployment:
        """Start serving a model; returns at once with the state "starting"."""
        if port is not None and not 1024 <= port <= 65535:
            raise InvalidInput(f"Port {port} can't be used; choose one from 1024 to 65535, or none.")
        deployment = Deployment(
            secrets.token_hex(8), model_uri, run_id, free_port() if port is None else checked_port(port), at_ms
        )
        child = Child(
            self._command(model_uri, deployment.port),
            folder=self._folder,
            environment=self._environment or os.environ,
            on_exit=lambda code: self._exited(deployment.deployment_id, code),
        )
        with self._lock:
            if sum(other.is_live for other in self._deployments.values()) >= MAX_RUNNING:
                raise InvalidState(f"{MAX_RUNNING} models are being served already; stop one first.")
            self._deployments[deployment.deployment_id] = deployment
            self._children[deployment.deployment_id] = child
        child.start()
        threading.Thread(
            target=self._wait_until_it_answers, args=(deployment.deployment_id,), name="nbtrack-ping", daemon=True
        ).start()
        self._on_change()
        return deployment

    def stop(self, deployment_id: str) -> Deployment:
        """End a deployment and wait for its end. Stopping it again changes nothing."""
        if self.get(deployment_id).is_live:
            self._stopping.add(deployment_id)
            self._children[deployment_id].terminate()
        return self.get(deployment_id)

    def forget(self, deployment_id: str) -> None:
        """Drop a deployment that is over."""
        if self.get(deployment_id).is_live:
            raise InvalidState("The model is still being served; stop it first.")
        with self._lock:
            self._deployments.pop(deployment_id, None)
            if not self._children[deployment_id].is_running:
                del self._children[deployment_id]
        self._on_change()

    def log(self, deployment_id: str) -> str:
        """Return the last lines that the server wrote."""
        self.get(deployment_id)
        return self._children[deployment_id].log.text

    def close(self) -> None:
        """End all of them, at once."""
        self._ended.set()
        enders = [
            threading.Thread(target=self.stop, args=(deployment.deployment_id,))
            for deployment in self.list()
            if deployment.is_live
        ]
        for ender in enders:
            ender.start()
        for ender in enders:
            ender.join()

    def _wait_until_it_answers(self, deployment_id: str) -> None:
        deployment, child = self.get(deployment_id), self._children[deployment_id]
        deadline = time.monotonic() + START_TIMEOUT_S
        while child.is_running and time.monotonic() < deadline and not self._ended.wait(PING_INTERVAL_S):
            if _answers(deployment.port):
                self._change(deployment_id, only_from="starting", state="running")
                return
        if child.is_running and not self._ended.is_set():
            error = f"It did not answer within {START_TIMEOUT_S:.0f} s. Its log says why."
            self._change(deployment_id, only_from="starting", state="failed", error=error)
            child.terminate()

    def _exited(self, deployment_id: str, code: int) -> None:
        if deployment_id in self._stopping:
            self._change(deployment_id, state="stopped")
            return
        last_words = self._children[deployment_id].log.last_words
        self._change(deployment_id, state="failed", error=last_words or f"It ended with code {code}.")

    def _change(
        self, deployment_id: str, *, state: State, only_from: State | None = None, error: str | None = None
    ) -> None:
        with self._lock:
            old = self._deployments.get(deployment_id)
            if old is None or not old.is_live or (only_from is not None and old.state != only_from):
                return
            self._deployments[deployment_id] = replace(old, state=state, error=error)
        self._on_change()


def free_port() -> int:
    """Return a port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind((_LOOPBACK, 0))
        return int(probe.getsockname()[1])


def checked_port(port: int) -> int:
    """Return the port, or raise InvalidState when it is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_LOOPBACK, port))
        except OSError:
            raise InvalidState(f"Port {port} is taken; choose another one, or none.") from None
    return port


def _answers(port: int) -> bool:
    # No proxy: the address is this machine's own.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://{_LOOPBACK}:{port}/ping", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
