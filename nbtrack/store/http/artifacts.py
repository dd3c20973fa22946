"""The artifacts of runs on a tracking server: behind it, or at a place that this machine reaches by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol
from urllib.parse import urlsplit

from nbtrack.entities import StoredFile
from nbtrack.errors import StoreUnavailable
from nbtrack.store.artifacts import Artifacts
from nbtrack.store.artifacts.locations import place_at
from nbtrack.store.artifacts.paths import check_owner
from nbtrack.store.artifacts.place import Place
from nbtrack.store.artifacts.remote import RemotePlace
from nbtrack.store.http.connection import Connection
from nbtrack.store.http.filesystem import ProxyFileSystem

SCHEME = "mlflow-artifacts"


class ArtifactServer(Protocol):
    """What a kind of server knows of artifacts."""

    def artifact_uri(self, owner_id: str) -> str | None:
        """Return where those of a run or model lie: None if at the default place of the server's.

        Raises
        ------
        LookupError
            It knows no such owner.
        """
        ...

    def default_artifact_uri(self, owner_id: str) -> str:
        """Return where they lie of whom nothing else is known.

        Raises
        ------
        StoreUnavailable
            Only the server can tell.
        """
        ...

    def settle(self, run_id: str, location: str | None) -> str | None: ...
    def record_files(self, owner_id: str, files: Sequence[StoredFile]) -> None: ...


class HttpArtifacts(Artifacts):
    """Files go to where the server says; it checks what it keeps itself, so that checksums stay there."""

    def __init__(self, connection: Connection, server: Callable[[], ArtifactServer]) -> None:
        super().__init__("", root_of=self._uri_of, records=_Records(server))
        self._connection, self._server = connection, server

    def _uri_of(self, owner_id: str) -> str | None:
        with self._connection.understanding():
            return self._server().artifact_uri(owner_id)

    def default_uri(self, owner_id: str) -> str:
        return self._server().default_artifact_uri(check_owner(owner_id))

    def uri(self, owner_id: str) -> str:
        """Return where they lie; while the server can't be asked, a name that leads there once it can."""
        try:
            return super().uri(owner_id)
        except StoreUnavailable:
            return f"runs:/{owner_id}"

    def settle(self, run_id: str, location: str | None) -> str | None:
        try:
            return self._server().settle(check_owner(run_id), location)
        except StoreUnavailable:
            return None  # the server decides when it hears of the run

    def _place_at(self, owner_id: str, uri: str | None) -> Place:
        place = uri or self.default_uri(owner_id)
        if urlsplit(place).scheme == SCHEME:
            return ProxyPlace(self._connection, place, owner_id)
        return place_at(place, owner_id)


class ProxyPlace(RemotePlace):
    """The artifacts of one owner behind the server, at ``mlflow-artifacts:/...``."""

    def __init__(self, connection: Connection, uri: str, owner_id: str) -> None:
        super().__init__(f"{connection.url}/{urlsplit(uri).path.strip('/')}", owner_id)
        self._uri, self._files_of_server = uri, ProxyFileSystem(connection)

    def uri(self) -> str:
        return self._uri

    def _filesystem(self) -> tuple[Any, str]:
        return self._files_of_server, urlsplit(self._uri).path.strip("/")

    def _shows_partial(self) -> bool:
        return False  # a server gives a file its name when it is whole

    def _explaining(self, act: str, path: str) -> AbstractContextManager[None]:  # noqa: ARG002
        return _as_it_is()


@contextmanager
def _as_it_is() -> Iterator[None]:
    """Let errors pass: the connection says them in words already."""
    yield


class _Records:
    def __init__(self, server: Callable[[], ArtifactServer]) -> None:
        self._server = server

    def of(self, owner_id: str, path: str = "") -> Mapping[str, StoredFile]:  # noqa: ARG002
        return {}

    def record(self, owner_id: str, files: Sequence[StoredFile]) -> None:
        self._server().record_files(owner_id, files)

    def forget(self, owner_id: str, path: str = "") -> None:
        """Nothing to be done: the server forgets what it deletes."""
