"""A saved model behind HTTP: the scoring server that MLflow's clients know."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nbtrack.serving.app import create_app
    from nbtrack.serving.server import serve

__all__ = ["create_app", "serve"]

_HOMES = {"create_app": "nbtrack.serving.app", "serve": "nbtrack.serving.server"}


def __getattr__(name: str) -> Any:
    # Starlette and uvicorn are only needed by who serves.
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
