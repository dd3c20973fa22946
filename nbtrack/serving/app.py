"""The scoring server's routes."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from nbtrack.errors import NbtrackError
from nbtrack.serving.answer import predictions_to_json
from nbtrack.serving.scoring_request import UnsupportedContent, parse_request
from nbtrack.web import LOOPBACK, AllowedHosts, HostGuard

if TYPE_CHECKING:
    from nbtrack.flavors import PyFuncModel

LARGEST_BODY_BYTES = 64 * 1024 * 1024
_LOG = logging.getLogger(__name__)


class ScoringError(Exception):
    """An answer other than predictions."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(status, code, message)
        self.status, self.code, self.message = status, code, message


def create_app(
    model: PyFuncModel,
    *,
    largest_body_bytes: int = LARGEST_BODY_BYTES,
    allowed_hosts: AllowedHosts | None = LOOPBACK,
) -> Starlette:
    """Return the ASGI application that serves ``model``.

    Parameters
    ----------
    model
        What ``load_pyfunc`` returned.
    largest_body_bytes
        Longer requests are refused before they are read.
    allowed_hosts
        The names to answer under; None for any. By default only requests to a loopback name or address are answered,
        so that a web page can't reach the model by pointing its own name at this machine.
    """

    async def invocations(request: Request) -> Response:
        body = await _body(request, largest_body_bytes)
        content_type = request.headers.get("content-type", "")
        answer = await run_in_threadpool(_predict, model, content_type, body)
        return Response(answer, media_type="application/json")

    app = Starlette(
        routes=[
            Route("/ping", _alive, methods=["GET"]),
            Route("/health", _alive, methods=["GET"]),
            Route("/version", _version, methods=["GET"]),
            Route("/invocations", invocations, methods=["POST"]),
        ],
        exception_handlers={ScoringError: _on_scoring_error, HTTPException: _on_http_error, Exception: _on_fault},
    )
    if allowed_hosts is not None:
        app.add_middleware(HostGuard, allowed_hosts)
    return app


async def _alive(_request: Request) -> Response:
    return PlainTextResponse("\n")


async def _version(_request: Request) -> Response:
    from nbtrack.version import __version__

    return PlainTextResponse(__version__)


async def _body(request: Request, limit: int) -> bytes:
    too_large = ScoringError(413, "BAD_REQUEST", f"The body is larger than {limit} bytes; send fewer rows at a time.")
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit:
        raise too_large
    chunks, size = [], 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > limit:
                raise too_large
            chunks.append(chunk)
    except ClientDisconnect:
        raise ScoringError(400, "BAD_REQUEST", "The client went away.") from None
    return b"".join(chunks)


def _predict(model: PyFuncModel, content_type: str, body: bytes) -> bytes:
    try:
        request = parse_request(content_type, body, model.metadata.get_input_schema())
        known = {spec.name for spec in model.metadata.get_params_schema() or ()}
        params = {name: value for name, value in request.params.items() if name in known}
        predictions = model.predict(request.given, params)
    except UnsupportedContent as error:
        raise ScoringError(415, "BAD_REQUEST", str(error)) from None
    except NbtrackError as error:
        raise ScoringError(400, "BAD_REQUEST", str(error)) from None
    except Exception as error:
        # Whatever a user's model raises; the traceback is for who runs the server, not for the client.
        _LOG.warning("The model failed", exc_info=True)
        raise ScoringError(400, "BAD_REQUEST", f"The model failed: {type(error).__name__}: {error}") from error
    try:
        return predictions_to_json(predictions)
    except (TypeError, ValueError, RecursionError) as error:
        message = f"The model's answer can't be written as JSON: {error}"
        raise ScoringError(500, "INTERNAL_ERROR", message) from error


async def _on_scoring_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ScoringError)  # noqa: S101 - what this handler is registered for
    return _error(error.status, error.code, error.message)


async def _on_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - what this handler is registered for
    path = request.url.path
    return _error(error.status_code, "ENDPOINT_NOT_FOUND", f"{request.method} {path}: {error.detail}", error.headers)


async def _on_fault(_request: Request, _exception: Exception) -> Response:
    return _error(500, "INTERNAL_ERROR", "The server failed; its log says why.")


def _error(status: int, code: str, message: str, headers: Any = None) -> Response:
    content = json.dumps({"error_code": code, "message": message})
    return Response(content, status, headers=headers, media_type="application/json")
