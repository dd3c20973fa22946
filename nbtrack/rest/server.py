"""Run the REST server until it is told to stop."""

from __future__ import annotations

import os
import socket
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import uvicorn

from nbtrack.rest.app import RestApp
from nbtrack.rest.intake import Intake
from nbtrack.rest.locations import Locations
from nbtrack.rest.parts import Parts
from nbtrack.rest.services import Services
from nbtrack.store import Store, open_store
from nbtrack.tracking import take_over
from nbtrack.web import (
    LOOPBACK,
    SHUTDOWN_S,
    AllowedHosts,
    AsgiApp,
    HostGuard,
    Workers,
    is_loopback,
    listen,
    patient_protocol,
    serve_app,
    url_of,
)

TOKEN_VARIABLE = "NBTRACK_SERVER_TOKEN"  # noqa: S105 the variable's name
KEEP_ALIVE_S = 75


@dataclass(frozen=True)
class Served:
    """What a server serves, and to whom; each worker process gets it."""

    store_uri: str
    allowed: AllowedHosts = LOOPBACK
    locations: Locations = field(default_factory=Locations)
    token: str | None = None
    parts_folder: Path | None = None
    """Where the processes keep parts of uploads for one another, if there are several; None
    if one answers all clients, and so may keep for a moment what they log."""

    def app(self) -> AsgiApp:
        """Return the application of one process."""
        opened = OpenedStore(self.store_uri)
        is_alone = self.parts_folder is None
        services = Services(opened.get, self.locations, Parts(self.parts_folder), intake=Intake() if is_alone else None)
        return HostGuard(RestApp(services, token=self.token, on_end=opened.close), self.allowed)

    def run(self, listening: socket.socket, on_ready: Callable[[], None] = lambda: None) -> None:
        """Serve in this process; return when SIGTERM or SIGINT ends it."""
        config = uvicorn.Config(
            self.app(),
            http=patient_protocol(),
            ws="none",
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=SHUTDOWN_S,
        )
        serve_app(config, listening, on_ready)


class OpenedStore:
    """A store that is opened when it is first asked for."""

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._lock = threading.Lock()
        self._store: Store | None = None

    def get(self) -> Store:
        """Return the open store, with what processes left that are gone."""
        with self._lock:
            if self._store is None:
                self._store = open_store(self._uri)
                take_over(self._store)
            return self._store

    def close(self) -> None:
        """Close the store if it is open."""
        with self._lock:
            if self._store is not None:
                self._store.close()
                self._store = None


def serve(
    store_uri: str,
    *,
    host: str = "127.0.0.1",
    port: int = 5000,
    workers: int = 1,
    allowed_hosts: tuple[str, ...] = (),
    locations: Locations = Locations(),  # noqa: B008 it is frozen
    on_ready: Callable[[str], None],
) -> None:
    """Serve a store and return when SIGTERM or SIGINT ends it.

    Parameters
    ----------
    store_uri
        Tracking URI of the store.
    host, port
        Where to listen; port 0 takes a free one.
    workers
        Processes that answer. Where there are several, this one only starts them, and again when one dies.
    allowed_hosts
        Names, beside those of loopback, under which the server answers.
    locations
        Where experiments keep their artifacts.
    on_ready
        Called with the server's URL when it answers.

    Raises
    ------
    InvalidState
        The port is taken, or the address is none of this machine.
    StoreError
        The store can't be opened.
    """
    # Before any process listens: a store that can't be opened is one message, and is made once.
    open_store(store_uri).close()
    listening = listen(host, port)
    is_public = not is_loopback(listening)
    allowed = AllowedHosts.of((*allowed_hosts, host if is_public else ""), any_address=is_public)
    served = Served(store_uri, allowed, locations, os.environ.get(TOKEN_VARIABLE) or None)
    url = url_of(host, listening)
    if workers == 1:
        served.run(listening, lambda: on_ready(url))
        return
    on_ready(url)
    with tempfile.TemporaryDirectory(prefix="nbtrack-parts-", ignore_cleanup_errors=True) as folder:
        Workers(replace(served, parts_folder=Path(folder)).run, listening, workers).run()
