"""The one Tornado handler: it authenticates, parses, runs a route's function in a thread, and answers."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from http.client import responses
from typing import Any, TypeVar

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from tornado import web
from tornado.iostream import StreamClosedError

from nbtrack.errors import NbtrackError
from nbtrack.server.artifact_file import ArtifactFile
from nbtrack.server.documents import Document, error_document
from nbtrack.server.parsing import read_body, read_query
from nbtrack.server.routes import Route
from nbtrack.server.services import Services
from nbtrack.server.status import CODES, status_of
from nbtrack.web import parse_values

PREFIX = "/nbtrack/api/"
CHUNK_BYTES = 256 * 1024
Answer = TypeVar("Answer")


def url_handlers(
    routes: Iterable[Route], services: Services, threads: ThreadPoolExecutor
) -> list[tuple[str, type[ApiHandler], dict[str, Any]]]:
    """Return Tornado's handlers for a table of routes; everything else below the prefix is not found."""
    by_pattern: dict[str, dict[str, Route]] = {}
    for route in routes:
        by_pattern.setdefault(route.pattern, {})[route.method] = route
    common = {"services": services, "threads": threads}
    found = [(_regex(pattern), ApiHandler, {"routes": methods, **common}) for pattern, methods in by_pattern.items()]
    return [*found, (f"{PREFIX}.*", ApiHandler, {"routes": {}, **common})]


class ApiHandler(APIHandler):
    """Serves the routes of one pattern."""

    auth_resource = "nbtrack"

    def initialize(self, routes: dict[str, Route], services: Services, threads: ThreadPoolExecutor) -> None:
        """Take what the table says of this pattern."""
        self._routes, self._services, self._threads = routes, services, threads

    @web.authenticated
    @authorized
    async def get(self, **path: str) -> None:
        """Answer a GET."""
        await self._serve(path)

    @web.authenticated
    @authorized
    async def post(self, **path: str) -> None:
        """Answer a POST."""
        await self._serve(path)

    @web.authenticated
    @authorized
    async def patch(self, **path: str) -> None:
        """Answer a PATCH."""
        await self._serve(path)

    @web.authenticated
    @authorized
    async def delete(self, **path: str) -> None:
        """Answer a DELETE."""
        await self._serve(path)

    async def _serve(self, path: dict[str, str]) -> None:
        route = self._route()
        try:
            request: object = parse_values(route.request, self._values() | path)
            answer = await self._in_thread(partial(_answer, route, self._services, request))
            if isinstance(answer, ArtifactFile):
                await self._send_file(answer)
                return
        except NbtrackError as error:
            self._refuse(status_of(error), error_document(error))
            return
        if answer is None:
            self.set_status(204)
            await self.finish()
        else:
            await self.finish(answer)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer what Jupyter refused, and what nobody foresaw, in the same form as every other error."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        message = getattr(error, "log_message", None) or responses.get(status_code, "Unknown error")
        if not isinstance(error, web.HTTPError):
            message = f"{type(error).__name__} in nbtrack. The log of the Jupyter server has the traceback."
        self._refuse(status_code, {"code": CODES.get(status_code, "INTERNAL_ERROR"), "message": message})

    def _route(self) -> Route:
        if not self._routes:
            raise web.HTTPError(404, "There is no such route.")
        route = self._routes.get(self.request.method)
        if route is None:
            raise web.HTTPError(405, f"This route has no {self.request.method}.")
        return route

    def _values(self) -> dict[str, object]:
        values = read_query(self.request.query_arguments)
        if self.request.method in ("POST", "PATCH"):
            if self.request.headers.get("Content-Type", "").partition(";")[0].strip() != "application/json":
                raise web.HTTPError(415, "Send JSON, with the content type application/json.")
            values |= read_body(self.request.body)
        return values

    def _refuse(self, status: int, document: Document) -> None:
        self.set_status(status)
        self.finish(json.dumps(document))

    async def _in_thread(self, function: Callable[[], Answer]) -> Answer:
        return await asyncio.get_running_loop().run_in_executor(self._threads, function)

    async def _send_file(self, file: ArtifactFile) -> None:
        # Who closes the tab doesn't wait for the rest.
        with file.content as content, suppress(StreamClosedError):
            read = partial(self._in_thread, partial(content.read, CHUNK_BYTES))
            # Of a file that is damaged the last piece is never read; if that is the first, nothing is announced.
            chunk = await read()
            for name, value in file.headers.items():
                self.set_header(name, value)
            self.set_header("Content-Type", file.content_type)
            while chunk:
                self.write(chunk)
                await self.flush()
                try:
                    chunk = await read()
                except NbtrackError as error:
                    self.log.warning("%s Sending it was broken off.", error)
                    self.detach().close()
                    return
            await self.finish(set_content_type=file.content_type)


def _answer(route: Route, services: Services, request: object) -> ArtifactFile | bytes | None:
    """Run a handler and encode its document; a page of 1000 runs takes too long for the event loop."""
    answer = route.handler(services, request)
    if answer is None or isinstance(answer, ArtifactFile):
        return answer
    return json.dumps(answer, allow_nan=False, separators=(",", ":")).encode()


def _regex(pattern: str) -> str:
    return PREFIX + re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", pattern)
