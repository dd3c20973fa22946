"""The bodies of requests as they come. Clients that dawdle are left, and sooner where others wait for their place."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from concurrent.futures import CancelledError, Future
from contextlib import asynccontextmanager

import anyio

from nbtrack.errors import NbtrackError
from nbtrack.web import Receive

PIECE_BYTES = 1024 * 1024
SMALL_BYTES = 256 * 1024
PIECE_TIMEOUT_S = 120.0
"""How long a piece of a body may take: 9 kB a second."""
DAWDLING_S = 15.0
"""Who takes longer for a piece than this, 70 kB a second, gives up its place to whoever waits for one."""
LOOK_AGAIN_S = 1.0


class TooLarge(NbtrackError):
    """A request's body is larger than any that is read."""

    code = "BAD_REQUEST"


class TooSlow(NbtrackError):
    """A request's body does not come in time."""

    code = "DEADLINE_EXCEEDED"

    def __str__(self) -> str:
        return "The rest of the request did not come in time. Send it again when the connection is faster."


class Gone(Exception):
    """The client went away."""


class Body:
    """A request's body, to be read piece by piece."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._patience = anyio.CancelScope()
        self.has_more = True
        self.waiting_since: float | None = None
        """When the piece that is waited for was asked for, by the event loop's clock."""

    async def piece(self, size_bytes: int) -> bytes:
        """Return about as many bytes as are asked for, fewer only at the end.

        Raises
        ------
        TooSlow
            They did not come in time, or somebody gave up waiting.
        Gone
            There is nobody to answer.
        """
        parts, read = [], 0
        self.waiting_since = asyncio.get_running_loop().time()
        with anyio.move_on_after(PIECE_TIMEOUT_S) as self._patience:
            while self.has_more and read < size_bytes:
                event = await self._receive()
                if event["type"] != "http.request":
                    raise Gone
                parts.append(event.get("body", b""))
                read += len(parts[-1])
                self.has_more = event.get("more_body", False)
        self.waiting_since = None
        if self._patience.cancelled_caught:
            raise TooSlow
        return b"".join(parts)

    def give_up(self) -> None:
        """Let whoever waits for a piece wait no longer."""
        self._patience.cancel()

    async def skip(self, size_bytes: int) -> None:
        """Read on, so far as that is little, and drop it."""
        skipped = 0
        while self.has_more and skipped < size_bytes:
            skipped += len(await self.piece(PIECE_BYTES))


class Places:
    """A limited number of places for bodies that are being read: who dawdles loses it when another one comes."""

    def __init__(self, count: int) -> None:
        self._free = asyncio.Semaphore(count)
        self._taken: set[Body] = set()

    @asynccontextmanager
    async def place_for(self, body: Body) -> AsyncIterator[None]:
        """Wait for a place."""
        while not await self._has_found_one():
            self._give_up_slowest()
        self._taken.add(body)
        try:
            yield
        finally:
            self._taken.discard(body)
            self._free.release()

    async def _has_found_one(self) -> bool:
        with anyio.move_on_after(LOOK_AGAIN_S if self._free.locked() else None):
            await self._free.acquire()
            return True
        return False

    def _give_up_slowest(self) -> None:
        waited_for = {body.waiting_since: body for body in self._taken if body.waiting_since is not None}
        since = min(waited_for, default=None)
        if since is not None and asyncio.get_running_loop().time() - since > DAWDLING_S:
            waited_for[since].give_up()


class BodyReader:
    """Reads bodies into memory: small ones at once, and only a few large ones at a time."""

    def __init__(self, max_bytes: int, large_at_once: int) -> None:
        self.max_bytes = max_bytes
        self._large = Places(large_at_once)

    async def read(self, receive: Receive, headers: Mapping[bytes, bytes]) -> bytes:
        """Return the body.

        Raises
        ------
        TooLarge
            By what the client announces, or by what it sends.
        TooSlow, Gone
            It does not come.
        """
        announced = headers.get(b"content-length", b"")
        if announced.isdigit() and int(announced) > self.max_bytes:
            raise self._too_large()
        body = Body(receive)
        first = await body.piece(SMALL_BYTES)
        if not body.has_more:
            return first
        async with self._large.place_for(body):
            return await self._rest(first, body)

    async def _rest(self, first: bytes, body: Body) -> bytes:
        parts, size = [first], len(first)
        while body.has_more:
            parts.append(await body.piece(PIECE_BYTES))
            size += len(parts[-1])
            if size > self.max_bytes:
                raise self._too_large()
        return b"".join(parts)

    def _too_large(self) -> TooLarge:
        return TooLarge(f"The request is larger than {self.max_bytes:,} bytes. Send it in several parts.")


class BodyStream:
    """The body of an upload as a thread reads it; the event loop goes on meanwhile."""

    def __init__(self, first: bytes, body: Body) -> None:
        self._first, self._body = first, body
        self._loop = asyncio.get_running_loop()
        self._waiting: Future[bytes] | None = None
        self._is_abandoned = False

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        """Wait for the next piece.

        Raises
        ------
        TooSlow
            It did not come in time.
        Gone
            The client went away before the end, or the server ends.
        """
        if self._first:
            first, self._first = self._first, b""
            return first
        if not self._body.has_more:
            raise StopIteration
        self._waiting = asyncio.run_coroutine_threadsafe(self._body.piece(PIECE_BYTES), self._loop)
        if self._is_abandoned:
            self._waiting.cancel()
        try:
            return self._waiting.result()
        except CancelledError:
            raise Gone from None

    def abandon(self) -> None:
        """Let the thread that reads give up."""
        self._is_abandoned = True
        if self._waiting is not None:
            self._waiting.cancel()
