"""What everything that answers HTTP has in common: requests as typed values, who may ask, listening."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from nbtrack.web.hosts import LOOPBACK, AllowedHosts, AsgiApp, HostGuard, Receive, Scope, Send, send_error
from nbtrack.web.parsing import Double, parse_json, parse_values, schema_hook

if TYPE_CHECKING:
    from nbtrack.web.heads import patient_protocol
    from nbtrack.web.listening import SHUTDOWN_S, is_loopback, listen, serve_app, url_of
    from nbtrack.web.workers import Workers

__all__ = [
    "LOOPBACK",
    "SHUTDOWN_S",
    "AllowedHosts",
    "AsgiApp",
    "Double",
    "HostGuard",
    "Receive",
    "Scope",
    "Send",
    "Workers",
    "is_loopback",
    "listen",
    "parse_json",
    "parse_values",
    "patient_protocol",
    "schema_hook",
    "send_error",
    "serve_app",
    "url_of",
]

_HOMES = dict.fromkeys(("SHUTDOWN_S", "is_loopback", "listen", "serve_app", "url_of"), "nbtrack.web.listening") | {
    "Workers": "nbtrack.web.workers",
    "patient_protocol": "nbtrack.web.heads",
}


def __getattr__(name: str) -> Any:
    # uvicorn is only needed by who listens.
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
