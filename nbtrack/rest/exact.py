"""What nbtrack's own clients ask: the store's methods, as messages that say everything that a store keeps."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import msgspec

from nbtrack.rest.claims import settled_claims
from nbtrack.rest.placing import placed_arguments, told_result
from nbtrack.rest.services import Services
from nbtrack.store import wire
from nbtrack.version import __version__

PREFIX = "/api/2.0/nbtrack/"
MAX_BODY_BYTES = 64 * 1024 * 1024
Answerer = Callable[[Services, bytes], bytes]


def find_answerer(method: str, path: str) -> tuple[Answerer, str] | None:
    """Return what answers a request, and the content type of both; None if there is nothing at the path."""
    place = path.removeprefix(PREFIX)
    if (method, place) == ("GET", "server"):
        return _describe, "application/json"
    call = wire.calls().get(place.removeprefix("store/")) if method == "POST" and place.startswith("store/") else None
    return None if call is None else (partial(_answer, call), wire.CONTENT_TYPE)


def _answer(call: wire.Call, services: Services, message: bytes) -> bytes:
    arguments = placed_arguments(services, settled_claims(call.arguments(message)))
    return call.answer(services.store, arguments, partial(told_result, services))


def _describe(services: Services, _: bytes) -> bytes:
    """Tell which nbtrack this is, the form of its messages, and the number of the newest change."""
    return msgspec.json.encode({"nbtrack": __version__, "wire": wire.VERSION, "seq": services.store.seq()})
