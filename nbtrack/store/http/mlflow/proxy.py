"""Small records among the artifacts of a run, where those are behind the server."""

from __future__ import annotations

from urllib.parse import urlsplit

from nbtrack.errors import NotFound, ServerFailed
from nbtrack.store.http.artifacts import SCHEME
from nbtrack.store.http.connection import Answer, Connection
from nbtrack.store.http.filesystem import PREFIX, place_of


def is_proxied(artifact_uri: str) -> bool:
    return urlsplit(artifact_uri).scheme == SCHEME


class Proxy:
    """The files below one artifact URI."""

    def __init__(self, connection: Connection, artifact_uri: str) -> None:
        self._connection = connection
        self._root = urlsplit(artifact_uri).path.strip("/")

    def put(self, path: str, content: bytes) -> None:
        answer = self._connection.request(
            "PUT",
            place_of(f"{self._root}/{path}"),
            content=content,
            content_type="application/octet-stream",
            is_repeatable=True,
        )
        self._check(answer, path)

    def get(self, path: str) -> bytes:
        """Read a small file.

        Raises
        ------
        NotFound
        """
        answer = self._connection.request("GET", place_of(f"{self._root}/{path}"), is_repeatable=True)
        self._check(answer, path)
        return answer.content

    def names(self, folder: str) -> list[str]:
        """Return the names of what lies in a folder; one that is not there has nothing."""
        where = f"{self._root}/{folder}".rstrip("/")
        answer = self._connection.request("GET", PREFIX, query={"path": where}, is_repeatable=True)
        if answer.status == 404:
            return []
        self._check(answer, folder)
        files = self._connection.document(answer).get("files") or []
        return [str(file["path"]).rpartition("/")[2] for file in files if isinstance(file, dict) and "path" in file]

    def _check(self, answer: Answer, path: str) -> None:
        if answer.status == 404:
            raise NotFound(f"There is no artifact {path!r} on {self._connection.url}.")
        if not answer.is_success:
            raise ServerFailed(
                f"{self._connection.url} can't keep or give the artifact {path!r} (status {answer.status})."
            )
