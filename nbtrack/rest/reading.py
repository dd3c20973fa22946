"""What a request carries, read within limits."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from concurrent.futures import CancelledError, Future
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from nbtrack.errors import InvalidInput, NbtrackError
from nbtrack.rest.routes import Route
from nbtrack.web import Receive, parse_json, parse_values

MAX_BODY_BYTES = 16 * 1024 * 1024
PIECE_BYTES = 1024 * 1024
SMALL_BODY_BYTES = 256 * 1024
MAX_UNTYPED_BYTES = 1024 * 1024
"""Of what is built in memory whole before it is looked at."""
MAX_QUERY_FIELDS = 20_000
READ_TIMEOUT_S = 60.0
LARGE_BODIES_AT_ONCE = 8


class TooLarge(NbtrackError):
    """A request's body is larger than any that is read."""

    code = "BAD_REQUEST"


class Gone(Exception):
    """The client went away, or was too slow."""


class BodyReader:
    """Reads bodies into memory: small ones at once, and only a few large ones at a time."""

    def __init__(self, max_bytes: int = MAX_BODY_BYTES) -> None:
        self.max_bytes = max_bytes
        self._large = asyncio.Semaphore(LARGE_BODIES_AT_ONCE)

    async def read(self, receive: Receive, headers: Mapping[bytes, bytes]) -> bytes:
        """Return the body.

        Raises
        ------
        TooLarge
            By what the client announces, or by what it sends.
        Gone
            There is nobody to answer.
        """
        announced = headers.get(b"content-length", b"")
        if announced.isdigit() and int(announced) > self.max_bytes:
            raise self._too_large()
        body, more = await _next(receive)
        if not more:
            return body
        try:
            return await asyncio.wait_for(self._rest(body, receive), READ_TIMEOUT_S)
        except asyncio.TimeoutError:
            raise Gone from None

    async def _rest(self, body: bytes, receive: Receive) -> bytes:
        parts, size, more = [body], len(body), True
        while more and size <= SMALL_BODY_BYTES:
            part, more = await _next(receive)
            parts.append(part)
            size += len(part)
        if more:
            async with self._large:
                while more:
                    part, more = await _next(receive)
                    parts.append(part)
                    size += len(part)
                    if size > self.max_bytes:
                        raise self._too_large()
        return b"".join(parts)

    def _too_large(self) -> TooLarge:
        return TooLarge(f"The request is larger than {self.max_bytes:,} bytes. Send it in several parts.")


def parse(route: Route, path: Mapping[str, str], query: bytes, body: bytes, *, max_bytes: int) -> msgspec.Struct:
    """Read the request of a route from its path, its query and its body.

    Raises
    ------
    InvalidInput
        A value is missing or refused.
    """
    if not route.has_body or (route.method == "DELETE" and not body):
        return parse_values(route.request, {**_query_values(query, route.lists), **path})
    if path:
        given = parse_json(dict[str, Any], body or b"{}", max_bytes=min(max_bytes, MAX_UNTYPED_BYTES))
        return parse_values(route.request, {**given, **path})
    return parse_json(route.request, body or b"{}", max_bytes=max_bytes)


def _query_values(query: bytes, lists: frozenset[str]) -> dict[str, object]:
    """Read a query: blank values are as if they were missing, and of repeated names the last counts, or all."""
    try:
        fields = parse_qsl(query.decode("ascii"), errors="strict", max_num_fields=MAX_QUERY_FIELDS)
    except UnicodeDecodeError:
        raise InvalidInput("The query is not valid UTF-8.") from None
    except ValueError as error:
        raise InvalidInput(f"The query can't be read: {error}.") from None
    values: dict[str, object] = {}
    for name, value in fields:
        values[name] = [*values.get(name, []), value] if name in lists else value  # type: ignore[misc]
    return values


async def _next(receive: Receive) -> tuple[bytes, bool]:
    event = await receive()
    if event["type"] != "http.request":
        raise Gone
    return event.get("body", b""), event.get("more_body", False)


class BodyStream:
    """The body of an upload as a thread reads it; the event loop goes on meanwhile."""

    def __init__(self, receive: Receive) -> None:
        self._receive, self._loop = receive, asyncio.get_running_loop()
        self._has_more = True
        self._waiting: Future[bytes] | None = None
        self._is_abandoned = False

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        """Wait for the next piece.

        Raises
        ------
        Gone
            The client went away before the end, or sent nothing for a long time, or the server ends.
        """
        if not self._has_more:
            raise StopIteration
        self._waiting = asyncio.run_coroutine_threadsafe(self._piece(), self._loop)
        if self._is_abandoned:
            self._waiting.cancel()
        try:
            piece = self._waiting.result()
        except CancelledError:
            raise Gone from None
        if self._is_abandoned:
            raise Gone
        return piece

    def abandon(self) -> None:
        """Let the thread that reads give up."""
        self._is_abandoned = True
        if self._waiting is not None:
            self._waiting.cancel()

    async def skip(self) -> None:
        """Read on, so far as that is little, and drop it."""
        skipped = 0
        while self._has_more and not self._is_abandoned and skipped < MAX_BODY_BYTES:
            skipped += len(await self._piece())

    async def _piece(self) -> bytes:
        parts, size = [], 0
        try:
            while self._has_more and size < PIECE_BYTES:
                part, self._has_more = await asyncio.wait_for(_next(self._receive), READ_TIMEOUT_S)
                parts.append(part)
                size += len(part)
        except (Gone, asyncio.TimeoutError):
            self._is_abandoned = True
        return b"".join(parts)
