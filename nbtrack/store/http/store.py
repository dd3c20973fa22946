"""The store on a tracking server. Opening it asks nothing: a server that is away must not stop anybody's work."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol, cast

from nbtrack.entities import Experiment
from nbtrack.errors import StoreUnavailable
from nbtrack.store.diagnosis import Finding
from nbtrack.store.http.artifacts import ArtifactServer, HttpArtifacts
from nbtrack.store.http.connection import Connection
from nbtrack.store.http.ledger import Ledger
from nbtrack.store.http.mlflow import MlflowServer
from nbtrack.store.http.remote import NbtrackServer, is_nbtrack
from nbtrack.store.protocol import (
    ExperimentStore,
    LoggedModelStore,
    MetricStore,
    PurgeStore,
    RegistryStore,
    RunStore,
    SessionStore,
)


class TrackingServer(ArtifactServer, Protocol):
    """What a kind of server gives of a store."""

    @property
    def experiments(self) -> ExperimentStore: ...
    @property
    def runs(self) -> RunStore: ...
    @property
    def metrics(self) -> MetricStore: ...
    @property
    def sessions(self) -> SessionStore: ...
    @property
    def models(self) -> LoggedModelStore: ...
    @property
    def registry(self) -> RegistryStore: ...
    @property
    def purge(self) -> PurgeStore: ...
    def seq(self) -> int: ...
    def change_token(self) -> int: ...
    def try_again(self) -> None:
        """Bring to the server what it failed at before, and what was put aside for that."""
        ...


class HttpStore:
    """A store whose parts find out at the first call what kind of server it is."""

    def __init__(self, uri: str, *, outbox: Path) -> None:
        self._connection = Connection(uri)
        self._lock = threading.Lock()
        self._known: TrackingServer | None = None
        self.uri = self._connection.url
        self.outbox = outbox
        self._ledger = Ledger(outbox)
        self.experiments = cast("ExperimentStore", _Experiments(self._connection, self.server, self._ledger))
        self.runs = cast("RunStore", _Part(self._connection, self.server, "runs"))
        self.metrics = cast("MetricStore", _Part(self._connection, self.server, "metrics"))
        self.sessions = cast("SessionStore", _Part(self._connection, self.server, "sessions"))
        self.models = cast("LoggedModelStore", _Part(self._connection, self.server, "models"))
        self.purge = cast("PurgeStore", _Part(self._connection, self.server, "purge"))
        self.artifacts = HttpArtifacts(self._connection, self.server)
        self.registry = cast("RegistryStore", _Part(self._connection, self.server, "registry"))

    def server(self) -> TrackingServer:
        """Return the server, asking it what it is if nobody did before.

        Raises
        ------
        StoreUnavailable, StoreTooNew
        """
        known = self._known
        if known is None:
            with self._connection.understanding():
                found = self._found()
            # Of several threads that asked, the first decides: a server keeps what it has learnt.
            with self._lock:
                known = self._known = self._known or found
        return known

    def _found(self) -> TrackingServer:
        if is_nbtrack(self._connection):
            return NbtrackServer(self._connection)
        server = MlflowServer(self._connection, self.outbox)
        server.check()
        return server

    def examine(self) -> Iterator[Finding]:
        """Find what the server failed at each time; it need not answer now."""
        count = self._ledger.count_aside()
        if count:
            yield Finding(
                "records-aside",
                f"{self.uri} failed each time at {count} records of what was logged. They are kept in {self.outbox}.",
                "Look into the server's log. `nbtrack doctor --repair` tries again, as does the next session.",
                lambda: self.server().try_again(),
            )

    @property
    def records(self) -> None:
        return None

    def change_token(self) -> int:
        with self._connection.understanding():
            return self.server().change_token()

    def seq(self) -> int:
        with self._connection.understanding():
            return self.server().seq()

    def sync(self) -> None:
        """Nothing to be done: what the server acknowledged is the server's to keep."""

    def is_there(self) -> bool:
        return True  # a server that is away comes back

    def close(self) -> None:
        self._connection.close()


class _Part:
    """A part of the store whose server is asked for when a method is called, not before."""

    def __init__(self, connection: Connection, server: Callable[[], TrackingServer], part: str) -> None:
        self._connection, self._server, self._part = connection, server, part

    def __getattr__(self, method: str) -> Callable[..., Any]:
        return functools.partial(self._call, method)

    def _call(self, method: str, *args: Any, **options: Any) -> Any:
        function = getattr(getattr(self._server(), self._part), method)
        with self._connection.understanding():
            return function(*args, **options)


class _Experiments(_Part):
    """Experiments, remembered: while the server is away, runs begin in those that were seen before."""

    def __init__(self, connection: Connection, server: Callable[[], TrackingServer], ledger: Ledger) -> None:
        super().__init__(connection, server, "experiments")
        self._ledger = ledger

    def get(self, experiment_id: str) -> Experiment:
        return self._remembered(
            lambda: self._call("get", experiment_id), lambda: self._ledger.experiment(experiment_id)
        )

    def find(self, name: str) -> Experiment | None:
        return self._remembered(lambda: self._call("find", name), lambda: self._ledger.experiment_named(name))

    def _remembered(self, ask: Callable[[], Experiment], recall: Callable[[], Experiment | None]) -> Experiment:
        try:
            found = ask()
        except StoreUnavailable:
            known = recall()
            if known is None:
                raise
            return known
        if found is not None:
            self._ledger.note_experiment(found)
        return found
