"""MLflow's REST API on a store: one table of routes, behind ASGI and in the Jupyter server."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nbtrack.rest.app import RestApp
    from nbtrack.rest.intake import Intake
    from nbtrack.rest.locations import Locations
    from nbtrack.rest.routes import ROUTES
    from nbtrack.rest.server import TOKEN_VARIABLE, serve
    from nbtrack.rest.services import Services

__all__ = ["ROUTES", "TOKEN_VARIABLE", "Intake", "Locations", "RestApp", "Services", "serve"]

_HOMES = {
    "Intake": "nbtrack.rest.intake",
    "Locations": "nbtrack.rest.locations",
    "ROUTES": "nbtrack.rest.routes",
    "RestApp": "nbtrack.rest.app",
    "Services": "nbtrack.rest.services",
    "TOKEN_VARIABLE": "nbtrack.rest.server",
    "serve": "nbtrack.rest.server",
}


def __getattr__(name: str) -> Any:
    # uvicorn is only needed by who serves.
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
