"""The REST API as an ASGI application: it authenticates, reads, runs a route's function in a thread, and answers."""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, TypeAlias, TypeVar

import msgspec

from nbtrack.errors import InvalidInput, NbtrackError
from nbtrack.rest import exact
from nbtrack.rest.bodies import SMALL_BYTES, Body, BodyReader, BodyStream, Gone, Places, TooLarge, TooSlow
from nbtrack.rest.callers import Caller
from nbtrack.rest.downloads import Download
from nbtrack.rest.reading import parse
from nbtrack.rest.resources.multipart import PartKept
from nbtrack.rest.routes import ROUTES, Route, Router
from nbtrack.rest.services import Services
from nbtrack.rest.status import status_and_code
from nbtrack.store import wire
from nbtrack.version import __version__
from nbtrack.web import Receive, Scope, Send, send_error

MAX_THREADS = 16
MAX_UPLOADS = 32
MAX_BODY_BYTES = 16 * 1024 * 1024
LARGE_BODIES_AT_ONCE = 8
CHUNK_BYTES = 1024 * 1024
SERVER_HEADER = (b"nbtrack-version", __version__.encode())
"""By which nbtrack's own client tells this server from MLflow's."""
_OPEN_TEXTS = {"/health": b"OK", "/version": __version__.encode()}
_LOG = logging.getLogger(__name__)
_JSON = (b"content-type", b"application/json")
Answer = TypeVar("Answer")
Answered: TypeAlias = bytes | Download | PartKept
"""What a handler answers, its document encoded where nothing else is to be said of it."""


class RestApp:
    """Serves the table of routes.

    Parameters
    ----------
    services
        What the handlers work with.
    token
        What clients must send as ``Authorization: Bearer TOKEN``; None where others have asked who it is.
    on_end
        Called when the server that runs this ends.
    """

    def __init__(
        self, services: Services, *, token: str | None = None, on_end: Callable[[], None] = lambda: None
    ) -> None:
        self._services = services
        self._token = None if token is None else token.encode()
        self._on_end = on_end
        self._router = Router(ROUTES)
        self._bodies = BodyReader(MAX_BODY_BYTES, LARGE_BODIES_AT_ONCE)
        self._messages = BodyReader(exact.MAX_BODY_BYTES, LARGE_BODIES_AT_ONCE)
        self._threads = ThreadPoolExecutor(MAX_THREADS, thread_name_prefix="nbtrack-rest")
        # A client holds its thread until its file is whole; other requests must not wait for it.
        self._uploads = ThreadPoolExecutor(MAX_UPLOADS, thread_name_prefix="nbtrack-upload")
        self._upload_places = Places(MAX_UPLOADS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)

    def close(self) -> None:
        """End the threads, and what the handlers work with."""
        self._uploads.shutdown(cancel_futures=True)
        self._threads.shutdown(cancel_futures=True)
        self._services.close()
        self._on_end()

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            await self._in_thread(self._services.open_store)
        except NbtrackError as error:
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        # The loop goes on, for threads that wait for it.
        await asyncio.to_thread(self.close)
        await send({"type": "lifespan.shutdown.complete"})

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers: Mapping[bytes, bytes] = dict(scope["headers"])
        method, path = scope["method"], _inner_path(scope)
        if method == "GET" and path in _OPEN_TEXTS:
            await _send(send, 200, (b"content-type", b"text/plain; charset=utf-8"), _OPEN_TEXTS[path])
            return
        if not self._is_allowed(headers):
            challenge = ((b"www-authenticate", b'Bearer realm="nbtrack"'),)
            message = "This server needs its token: set MLFLOW_TRACKING_TOKEN, or send Authorization: Bearer TOKEN."
            await send_error(send, 401, "UNAUTHENTICATED", message, challenge)
            return
        if b"transfer-encoding" in headers and b"content-length" in headers:
            # A proxy before this server may have read another end of the request than this server does.
            message = "A request has either a Content-Length or a Transfer-Encoding."
            await send_error(send, 400, "INVALID_PARAMETER_VALUE", message, ((b"connection", b"close"),))
            return
        if "\ufffd" in path:
            await send_error(send, 400, "INVALID_PARAMETER_VALUE", "The path is not valid UTF-8.")
            return
        if path.startswith(exact.PREFIX):
            await self._serve_exactly(method, path, headers, receive, send)
            return
        route, values, is_there = self._router.find(method, path)
        if route is None:
            status, problem = (405, f"has no {method}") if is_there else (404, "does not exist on this server")
            await send_error(send, status, "ENDPOINT_NOT_FOUND", f"{path} {problem}.")
            return
        async with self._explaining(send, f"{method} {path}"):
            await self._answer(route, values, scope, headers, receive, send)

    async def _serve_exactly(
        self, method: str, path: str, headers: Mapping[bytes, bytes], receive: Receive, send: Send
    ) -> None:
        """Answer what nbtrack's own clients ask, and give errors to them as they are."""
        found = exact.find_answerer(method, path)
        if found is None:
            await send_error(send, 404, "ENDPOINT_NOT_FOUND", f"{path} does not exist on this server.")
            return
        answerer, kind = found
        if method == "POST" and headers.get(b"content-type") != kind.encode():
            await send_error(send, 400, "INVALID_PARAMETER_VALUE", f"Send messages with the content type {kind}.")
            return
        async with self._explaining(send, f"{method} {path}"):
            body = await self._messages.read(receive, headers) if method == "POST" else b""
            status = 200
            try:
                answer = await self._in_thread(lambda: answerer(self._services, body))
            except NbtrackError as error:
                status, answer, kind = status_and_code(error)[0], wire.error_message(error), wire.CONTENT_TYPE
            await _send(send, status, (b"content-type", kind.encode()), answer)

    @asynccontextmanager
    async def _explaining(self, send: Send, what: str) -> AsyncIterator[None]:
        """Answer with what goes wrong inside."""
        try:
            yield
        except (Gone, asyncio.CancelledError):
            return  # there is nobody to answer, or nobody who may
        except (TooLarge, TooSlow) as error:
            await send_error(send, *status_and_code(error), str(error), ((b"connection", b"close"),))
        except NbtrackError as error:
            await send_error(send, *status_and_code(error), str(error))
        except Exception:  # noqa: BLE001 a fault of one request must not end the others
            # The traceback is for who runs the server, not for the client.
            _LOG.exception("%s failed", what)
            await send_error(send, 500, "INTERNAL_ERROR", "The server failed; its log says why.")

    async def _answer(
        self,
        route: Route,
        values: Mapping[str, str],
        scope: Scope,
        headers: Mapping[bytes, bytes],
        receive: Receive,
        send: Send,
    ) -> None:
        body = b""
        if route.has_body:
            body = await self._bodies.read(receive, headers)
            kind = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
            if body and kind != b"application/json":
                raise InvalidInput("Send JSON, with the content type application/json.")
        read = partial(parse, route, values, scope["query_string"], body, max_bytes=self._bodies.max_bytes)
        if route.is_upload:
            answer = await self._upload(route, read, receive)
        else:
            about = (Caller.of(scope, headers),) if route.asks_caller else ()
            answer = await self._in_thread(partial(_run, route, self._services, read, *about))
        if isinstance(answer, Download):
            await self._send_file(answer, headers.get(b"range", b""), send)
        elif isinstance(answer, PartKept):
            await _send(send, 200, _JSON, msgspec.json.encode(answer), (b"etag", answer.etag.encode()))
        else:
            await _send(send, 200, _JSON, answer)

    async def _upload(self, route: Route, read: Callable[[], msgspec.Struct], receive: Receive) -> Answered:
        body = Body(receive)
        stream = BodyStream(await body.piece(SMALL_BYTES), body)
        try:
            async with self._upload_places.place_for(body):
                return await self._in_thread(partial(_run, route, self._services, read, stream), self._uploads)
        except TooSlow:
            raise
        except NbtrackError:
            await body.skip(MAX_BODY_BYTES)  # a client that is still sending does not listen
            raise
        except asyncio.CancelledError:
            stream.abandon()
            raise

    async def _send_file(self, download: Download, wanted: bytes, send: Send) -> None:
        opened = await self._in_thread(partial(download.open, wanted))
        if opened.reader is None:
            await send({"type": "http.response.start", "status": opened.status, "headers": opened.headers})
            await send({"type": "http.response.body"})
            return
        try:
            # A small file is checked before anything of it is sent; of a large one the last piece is held back.
            chunk = await self._in_thread(partial(opened.reader.read, CHUNK_BYTES))
        except NbtrackError:
            await self._in_thread(opened.reader.close)
            raise
        try:
            await send({"type": "http.response.start", "status": opened.status, "headers": opened.headers})
            while chunk:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
                chunk = await self._in_thread(partial(opened.reader.read, CHUNK_BYTES))
            await send({"type": "http.response.body"})
        except NbtrackError as error:
            # The status is sent: that the answer breaks off is what tells the client.
            _LOG.warning("%s", error)
        finally:
            await self._in_thread(opened.reader.close)

    def _is_allowed(self, headers: Mapping[bytes, bytes]) -> bool:
        if self._token is None:
            return True
        scheme, _, given = headers.get(b"authorization", b"").partition(b" ")
        return scheme.lower() == b"bearer" and hmac.compare_digest(given.strip(), self._token)

    async def _in_thread(self, function: Callable[[], Answer], threads: ThreadPoolExecutor | None = None) -> Answer:
        return await asyncio.get_running_loop().run_in_executor(threads or self._threads, function)


def _run(route: Route, services: Services, read: Callable[[], msgspec.Struct], *more: BodyStream | Caller) -> Answered:
    """Read a request, run its handler and encode its document: all that may take long."""
    answer = route.handler(services, read(), *more)
    return answer if isinstance(answer, (Download, PartKept)) else msgspec.json.encode(answer)


async def _send(send: Send, status: int, kind: tuple[bytes, bytes], body: bytes, *more: tuple[bytes, bytes]) -> None:
    headers: list[Any] = [kind, (b"content-length", str(len(body)).encode()), SERVER_HEADER, *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _inner_path(scope: Scope) -> str:
    """Return the path below the one at which the application is mounted."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))
