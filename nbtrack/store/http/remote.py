"""A store on an nbtrack server: each method of the protocol is one request, and what arrives is exact."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, cast

from nbtrack.entities import Run, StoredFile
from nbtrack.errors import NbtrackError, RunNotFound, StoreTooNew
from nbtrack.store import wire
from nbtrack.store.artifacts.locations import child, is_remote
from nbtrack.store.http.connection import Connection
from nbtrack.store.protocol import (
    ExperimentStore,
    LoggedModelStore,
    MetricStore,
    PurgeStore,
    RegistryStore,
    RunPage,
    RunStore,
    RunTable,
    SessionStore,
)
from nbtrack.version import __version__

PREFIX = "/api/2.0/nbtrack"


SEQ_LASTS_S = 1.0
"""How old the change counter may be that a watcher sees; what this process writes, it sees at once."""


class NbtrackServer:
    """The parts of the store on a server that ``is_nbtrack`` recognised."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._seen: tuple[float, int] | None = None
        self.experiments = cast("ExperimentStore", RemotePart(self, "experiments"))
        self.runs = cast("RunStore", RemotePart(self, "runs"))
        self.metrics = cast("MetricStore", RemotePart(self, "metrics"))
        self.sessions = cast("SessionStore", RemotePart(self, "sessions"))
        self.models = cast("LoggedModelStore", RemotePart(self, "models"))
        self.registry = cast("RegistryStore", RemotePart(self, "registry"))
        self.purge = cast("PurgeStore", RemotePart(self, "purge"))

    def seq(self) -> int:
        seq = _description(self._connection)["seq"]
        self._seen = (time.monotonic(), seq)
        return int(seq)

    def change_token(self) -> int:
        seen = self._seen
        if seen is not None and time.monotonic() - seen[0] < SEQ_LASTS_S:
            return seen[1]
        return self.seq()

    def artifact_uri(self, owner_id: str) -> str | None:
        try:
            recorded = self.runs.get(owner_id).info.artifact_uri
        except RunNotFound:
            recorded = self.models.get(owner_id).artifact_uri or ""
        return recorded if is_remote(recorded) else None

    def default_artifact_uri(self, owner_id: str) -> str:
        return _behind(owner_id)

    def settle(self, run_id: str, location: str | None) -> str | None:
        return child(location, run_id, "artifacts") if location is not None and is_remote(location) else None

    def record_files(self, owner_id: str, files: Sequence[StoredFile]) -> None:
        self.ask(wire.calls()["artifacts/record"], owner_id, files)

    def try_again(self) -> None:
        """Nothing was put aside: it takes what is logged as a whole."""

    def ask(self, call: wire.Call, *args: Any, **options: Any) -> Any:
        """Have the server do what the call says, and return its result."""
        if not call.is_reading:
            self._seen = None
        answer = self._connection.request(
            "POST",
            f"{PREFIX}/store/{call.part}/{call.method}",
            content=call.request(*args, **options),
            content_type=wire.CONTENT_TYPE,
            is_repeatable=call.is_reading,
        )
        if answer.content_type != wire.CONTENT_TYPE:
            raise self._connection.nonsense(answer)
        try:
            if answer.is_success:
                return _seen_from_here(call.result(answer.content))
            error = wire.raised(answer.content)
        except ValueError:
            raise self._connection.nonsense(answer) from None
        raise self._placed(error)

    def _placed(self, error: NbtrackError) -> NbtrackError:
        """Return an error that names the store as it is called here, not on the server."""
        if hasattr(error, "store_uri"):
            return type(error)(error.args[0], self._connection.url)
        return error


class RemotePart:
    """A part of the store: it has the methods that the part's protocol has."""

    def __init__(self, server: NbtrackServer, part: str) -> None:
        self._server, self._part = server, part

    def __getattr__(self, method: str) -> Callable[..., Any]:
        call = wire.calls().get(f"{self._part}/{method}")
        if call is None:
            raise AttributeError(f"A store's {self._part} have no {method!r}.")
        return functools.partial(self._server.ask, call)


def _behind(owner_id: str) -> str:
    """Return what clients call the server's own place of an owner's artifacts."""
    return f"mlflow-artifacts:/{owner_id}/artifacts"


def _seen_from_here(result: Any) -> Any:
    """Return a result whose runs say where their artifacts are for who is not on the server's machine."""
    if isinstance(result, Run) and not is_remote(result.info.artifact_uri):
        return replace(result, info=replace(result.info, artifact_uri=_behind(result.info.run_id)))
    if isinstance(result, RunPage):
        return replace(result, runs=tuple(map(_seen_from_here, result.runs)))
    if isinstance(result, RunTable):
        uris = zip(result.run_ids, result.artifact_uris, strict=True)
        return replace(result, artifact_uris=[uri if is_remote(uri) else _behind(run_id) for run_id, uri in uris])
    return result


def is_nbtrack(connection: Connection) -> bool:
    """Tell whether a server is nbtrack's own, in a version that this one can talk to.

    Raises
    ------
    StoreUnavailable
        There is no answer.
    StoreTooNew
        Its messages have another form.
    """
    description = _description(connection)
    version = description.get("wire")
    if version is None:
        return False
    if version != wire.VERSION:
        newer = "this one" if version > wire.VERSION else "the server"
        raise StoreTooNew(
            f"{connection.url} runs nbtrack {description.get('nbtrack')}, whose messages this nbtrack {__version__} "
            f"does not share. Upgrade {newer}."
        )
    return True


def _description(connection: Connection) -> dict[str, Any]:
    """Return what a server says of itself; nothing if it knows no such question."""
    answer = connection.request("GET", f"{PREFIX}/server", is_repeatable=True)
    return connection.document(answer) if answer.is_success else {}
