"""An ASGI application inside the Jupyter server, behind its authentication; bodies stream in both directions."""

from __future__ import annotations

import asyncio
import json
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Any
from urllib.parse import unquote

from jupyter_server.base.handlers import APIHandler
from tornado import web
from tornado.iostream import StreamClosedError

from nbtrack.server.status import CODES
from nbtrack.web import AsgiApp, Scope

MOUNT = "/nbtrack/mlflow"
"""Where the application is, below the server's base URL."""
CHUNKS_AHEAD = 8
"""Pieces of a body that wait for the application; a client that sends faster waits."""
NO_LIMIT_BYTES = 2**62
REFUSED_BODY_BYTES = 2**20
"""How much a request that is refused may send before it is told."""
LINGER_S = 5.0
"""How long more of a body is waited for that is answered already, so that a client that is sending hears it."""
LINGER_BYTES = 2**26
"""How much of such a body is read."""
Event = MutableMapping[str, Any]


@web.stream_request_body
class AsgiHandler(APIHandler):
    """Hands every request below its place to the application, if the user may make it."""

    auth_resource = "nbtrack"

    def initialize(self, app: AsgiApp) -> None:
        """Take the application."""
        self._app = app
        self._events: asyncio.Queue[Event] = asyncio.Queue(CHUNKS_AHEAD)
        self._answering: asyncio.Task[None] | None = None
        self._is_answered = False
        self._is_body_whole = False
        self._read_in_vain = 0
        self._lingering: asyncio.TimerHandle | None = None
        self._refusal: web.HTTPError | None = None

    async def prepare(self, **_: Any) -> None:
        """Let only the user in, and start to answer while the body still comes."""
        try:
            await self._admit()
        except web.HTTPError as refusal:
            if self._is_body_large():
                raise
            # Said after the body: tornado closes a connection that it answers early, and a client that has sent
            # what nobody read finds the connection reset in place of the answer.
            self._refusal = refusal
            return
        connection: Any = self.request.connection
        connection.set_max_body_size(NO_LIMIT_BYTES)  # the application has limits of its own
        self._answering = asyncio.ensure_future(self._app(self._scope(), self._events.get, self._send))

    async def _admit(self) -> None:
        await super().prepare()
        user = self.current_user
        if not user:
            raise web.HTTPError(403, "Send the token of this Jupyter server: set MLFLOW_TRACKING_TOKEN.")
        action = "read" if self.request.method in ("GET", "HEAD") else "write"
        if not await self._is_authorized(user, action):
            raise web.HTTPError(403, f"{user.username} may not {action} here.")

    def _is_body_large(self) -> bool:
        length = self.request.headers.get("Content-Length", "")
        return "Transfer-Encoding" in self.request.headers or (length.isdigit() and int(length) > REFUSED_BODY_BYTES)

    async def data_received(self, chunk: bytes) -> None:
        """Pass on a piece of the body; nobody needs the rest of one that is answered already."""
        if self._is_answered:
            self._read_in_vain += len(chunk)
            self._linger()
            return
        await self._pass_on({"type": "http.request", "body": chunk, "more_body": True})

    async def get(self, **_: str) -> None:
        """Finish, now that the whole request is here; its answer may have been sent already."""
        if self._refusal is not None:
            raise self._refusal
        self._end_lingering()
        self._is_body_whole = True
        await self._pass_on({"type": "http.request", "body": b"", "more_body": False})
        if self._answering is not None:
            with suppress(asyncio.CancelledError):  # the client went away
                await self._answering
        if self._is_answered:
            with suppress(StreamClosedError):  # who has heard the answer need not wait for its end
                await self.finish(set_content_type=self._headers.get("Content-Type", "application/json"))
        else:
            self._hang_up()  # the answer broke off

    put = post = patch = delete = get

    def on_connection_close(self) -> None:
        """Tell the application that nobody waits any more."""
        self._end_lingering()
        if self._answering is not None and not self._answering.done():
            self._answering.cancel()

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer what Jupyter refused in the form of the REST API."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        message = getattr(error, "log_message", None) or "The Jupyter server refused this request."
        self.set_status(status_code)
        self.finish(json.dumps({"error_code": CODES.get(status_code, "INTERNAL_ERROR"), "message": message}))

    async def _is_authorized(self, user: Any, action: str) -> bool:
        allowed = self.authorizer.is_authorized(self, user, action, self.auth_resource)
        return bool(await allowed if asyncio.iscoroutine(allowed) else allowed)

    async def _pass_on(self, event: Event) -> None:
        if self._answering is None:
            return
        waiting = asyncio.ensure_future(self._events.put(event))
        await asyncio.wait([waiting, self._answering], return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()

    async def _send(self, event: Event) -> None:
        if event["type"] == "http.response.start":
            self.set_status(event["status"])
            for name, value in event["headers"]:
                self.set_header(name.decode("latin-1"), value.decode("latin-1"))
            return
        try:
            if event.get("body"):
                self.write(event["body"])
            await self.flush()
        except StreamClosedError:
            raise asyncio.CancelledError from None
        if not event.get("more_body"):
            self._is_answered = True
            if not self._is_body_whole:
                self._linger()

    def _linger(self) -> None:
        """Wait for a little more of a body that nobody needs: a client that is sending does not listen yet."""
        self._end_lingering()
        patience_s = LINGER_S if self._read_in_vain < LINGER_BYTES else 0.0
        self._lingering = asyncio.get_running_loop().call_later(patience_s, self._hang_up)

    def _end_lingering(self) -> None:
        if self._lingering is not None:
            self._lingering.cancel()

    def _hang_up(self) -> None:
        connection: Any = self.request.connection
        connection.close()

    def _scope(self) -> Scope:
        request = self.request
        headers = [
            (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in request.headers.get_all()
        ]
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "scheme": request.protocol,
            "method": request.method,
            "path": unquote(request.path),
            "root_path": unquote(self.base_url.rstrip("/")) + MOUNT,
            "query_string": (request.query or "").encode("latin-1"),
            "headers": headers,
        }
