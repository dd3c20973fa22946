"""Requests to a tracking server: authorised, bounded, tried again where that is harmless, failing in words."""

from __future__ import annotations

import json
import os
import ssl
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from nbtrack.errors import NbtrackError, StoreUnavailable
from nbtrack.store.http.credentials import address_of, tls_context
from nbtrack.version import __version__

MAX_ANSWER_BYTES = 512 * 1024 * 1024
"""What is taken into memory of one answer; a history of a million points over MLflow's REST has 100 MB."""
TIMEOUT = httpx.Timeout(30.0, connect=3.0)
ANSWER_TIMEOUT_S = 300.0
"""How long an answer that is taken into memory may take, though each piece of it comes in time."""
PAUSES_S = (0.2, 0.8)
"""How long a repeatable request waits before it is tried again: a cell may be waiting for it."""
MAX_RETRY_AFTER_S = 3.0
AWAY_S, MAX_AWAY_S = 1.0, 30.0
"""For how long a server that could not be reached is not asked again: as long as that took to show, within these.
Code that logs must not wait for it each time."""
_BUSY = {429, 502, 503, 504}
_ENCODINGS = {"", "identity", "gzip", "deflate"}
"""One of which an answer may have: of these a piece is at most a thousand times larger in memory."""


@dataclass(frozen=True)
class Answer:
    status: int
    content_type: str
    content: bytes

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


class _PassingFault(StoreUnavailable):
    """A fault that may be over in a moment."""

    def __init__(self, message: str, retry_after_s: float = 0.0) -> None:
        super().__init__(message, retry_after_s)
        self.message, self.retry_after_s = message, retry_after_s

    def __str__(self) -> str:
        return self.message


class Connection:
    """A server, by its tracking URI. Nothing is sent before the first request; threads and forks may share it."""

    def __init__(self, uri: str) -> None:
        address = address_of(uri)
        self.url = address.url
        """The server's place, without a password: fit for messages."""
        self._authorization = address.authorization
        self._clients: dict[int, httpx.Client] = {}
        self._away: tuple[str, float] | None = None

    def request(
        self,
        method: str,
        path: str,
        *,
        content: bytes | None = None,
        content_type: str = "application/json",
        query: Mapping[str, str | list[str]] | None = None,
        is_repeatable: bool = False,
    ) -> Answer:
        """Send a request and read its answer, whatever its status that the server itself decides on.

        Parameters
        ----------
        path
            Relative to the server's base URL; it starts with ``/``.
        is_repeatable
            Whether a second arrival does no harm: then a server that is busy or away for a moment is asked again.

        Raises
        ------
        StoreUnavailable
            The server is away, busy, refuses who asks, or something else answers in its place.
        """
        headers = {} if content is None else {"Content-Type": content_type}
        request = {"content": content, "params": query, "headers": headers}
        for pause_s in PAUSES_S if is_repeatable else ():
            try:
                return self._once(method, path, request)
            except _PassingFault as fault:
                time.sleep(max(pause_s, fault.retry_after_s))
        return self._once(method, path, request)

    @contextmanager
    def streamed(
        self,
        method: str,
        path: str,
        *,
        content: Iterable[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Iterator[httpx.Response]:
        """Send a request, and give its answer before its content is read; what is sent may come piece by piece."""
        with (
            self._reaching(),
            self._client_of_process().stream(method, self.url + path, content=content, headers=headers) as response,
        ):
            self._check_reachable(response)
            yield response

    def document(self, answer: Answer) -> dict[str, Any]:
        """Read an answer's JSON object.

        Raises
        ------
        StoreUnavailable
            It is something else: a login page, for example.
        """
        try:
            document = json.loads(answer.content or b"{}")
        except (ValueError, RecursionError):
            document = None
        if not isinstance(document, dict):
            raise self.nonsense(answer)
        return document

    def nonsense(self, answer: Answer) -> StoreUnavailable:
        """Return the error that says that this is no answer of a tracking server."""
        kind = answer.content_type.partition(";")[0] or "nothing readable"
        if kind == "text/html":
            kind = "a web page (a login page, perhaps)"
        return StoreUnavailable(
            f"{self.url} answers with {kind}, status {answer.status}, and not as a tracking server. Check the tracking "
            "URI, and open the address in a browser."
        )

    @contextmanager
    def understanding(self) -> Iterator[None]:
        """Say in words that an answer makes no sense, where taking it apart fails.

        Raises
        ------
        StoreUnavailable
            In place of what is no error of nbtrack's: nothing that a server says may end the work of who logs to it.
        """
        try:
            yield
        except NbtrackError:
            raise
        except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
            reason = f"{type(error).__name__}: {error}"[:200]
            raise StoreUnavailable(
                f"{self.url} answers with what makes no sense ({reason}). Is it a tracking server, and not a newer one?"
            ) from error

    def close(self) -> None:
        client = self._clients.pop(os.getpid(), None)
        if client is not None:
            client.close()

    def _client_of_process(self) -> httpx.Client:
        """Return this process's client: the sockets of a forked child's are its parent's."""
        client = self._clients.get(os.getpid())
        if client is None:
            headers = {"User-Agent": f"nbtrack/{__version__}", "Accept-Encoding": "gzip, deflate"}
            if self._authorization is not None:
                headers["Authorization"] = self._authorization
            # A redirect is never followed: what authorises goes to the host that the user named, and nowhere else.
            made = httpx.Client(headers=headers, timeout=TIMEOUT, verify=self._verification())
            client = self._clients.setdefault(os.getpid(), made)
            if client is not made:
                made.close()  # another thread was faster
        return client

    def _verification(self) -> ssl.SSLContext | bool:
        return tls_context() if self.url.startswith("https:") else False

    def _once(self, method: str, path: str, request: Mapping[str, Any]) -> Answer:
        with self._reaching(), self._client_of_process().stream(method, self.url + path, **request) as response:
            self._check_reachable(response)
            return self.answer(response)

    def answer(self, response: httpx.Response) -> Answer:
        """Read an answer's content into memory, if it fits."""
        return Answer(response.status_code, response.headers.get("content-type", ""), self._bounded(response))

    def _bounded(self, response: httpx.Response) -> bytes:
        parts, size = [], 0
        deadline = time.monotonic() + ANSWER_TIMEOUT_S
        try:
            for part in response.iter_bytes():
                size += len(part)
                if time.monotonic() > deadline:
                    raise StoreUnavailable(f"{self.url} does not come to the end of an answer. Is it overloaded?")
                if size > MAX_ANSWER_BYTES:
                    raise StoreUnavailable(
                        f"{self.url} answers with more than {MAX_ANSWER_BYTES:,} bytes, which is refused. Ask for less."
                    )
                parts.append(part)
        except httpx.DecodingError as error:
            raise StoreUnavailable(f"{self.url} answers with damaged content: {error}.") from error
        return b"".join(parts)

    def _check_reachable(self, response: httpx.Response) -> None:
        """Refuse what speaks of the way to the server, not of the request."""
        status = response.status_code
        encoding = response.headers.get("content-encoding", "").strip().lower()
        if encoding not in _ENCODINGS:
            raise StoreUnavailable(f"{self.url} answers in the encoding {encoding[:100]!r}, for which nobody asked.")
        if response.is_redirect:
            target = response.headers.get("location", "").partition("?")[0][:200]
            raise StoreUnavailable(
                f"{self.url} redirects to {target!r}, which is not followed: use the server's own address as tracking "
                "URI, or log in where that leads."
            )
        if status in (401, 403, 407):
            raise StoreUnavailable(
                f"{self.url} refuses access (status {status}). Set NBTRACK_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME "
                "and MLFLOW_TRACKING_PASSWORD, or an entry in ~/.netrc."
            )
        if status in _BUSY:
            message = f"{self.url} is busy or being restarted (status {status}). Try again in a while."
            raise _PassingFault(message, _retry_after_s(response))

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        """Tell in words when the server can't be reached, and for a while after that at once."""
        if self._away is not None and time.monotonic() < self._away[1]:
            raise StoreUnavailable(self._away[0])
        began_at = time.monotonic()
        try:
            yield
        except httpx.TransportError as error:
            message = self._in_words(error)
            if isinstance(error, (httpx.ConnectError, httpx.TimeoutException)):
                now = time.monotonic()
                self._away = (message, now + min(max(AWAY_S, now - began_at), MAX_AWAY_S))
                raise StoreUnavailable(message) from error
            raise _PassingFault(message) from error
        self._away = None

    def _in_words(self, error: httpx.TransportError) -> str:
        if isinstance(error, httpx.TimeoutException):
            return f"{self.url} does not answer in time. Is the tracking server running, and reachable?"
        return f"{self.url} can't be reached: {error}. Is the tracking server running, and the address right?"


def _retry_after_s(response: httpx.Response) -> float:
    try:
        return min(float(response.headers.get("retry-after", 0)), MAX_RETRY_AFTER_S)
    except ValueError:
        return 0.0
