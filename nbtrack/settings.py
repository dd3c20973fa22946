"""Which store is meant: an explicit choice, the environment, the nearest folder upward, or a new one here."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

TRACKING_URI_VARIABLE = "NBTRACK_TRACKING_URI"
EXPERIMENT_VARIABLE = "NBTRACK_EXPERIMENT_NAME"
FRONTEND_VARIABLE = "NBTRACK_FRONTEND"
SERVER_ROOT_VARIABLE = "NBTRACK_SERVER_ROOT"
SHOW_SIDEBAR_VARIABLE = "NBTRACK_SHOW_SIDEBAR"
STORE_FOLDER = ".nbtrack"


def discover_tracking_uri(working_folder: Path | None = None) -> str:
    """Return the tracking URI that holds when nobody set one in this process.

    It is ``NBTRACK_TRACKING_URI``, else the nearest ``.nbtrack/`` in ``working_folder`` (default: the current one)
    or above it, else ``.nbtrack/`` in ``working_folder``, which need not exist yet.
    """
    from_environment = os.environ.get(TRACKING_URI_VARIABLE, "").strip()
    if from_environment:
        return from_environment
    start = (working_folder or Path.cwd()).absolute()
    for folder in (start, *start.parents):
        candidate = folder / STORE_FOLDER
        if candidate.is_dir():
            return str(candidate)
    return str(start / STORE_FOLDER)


def redact(uri: str) -> str:
    """Return ``uri`` without its password, fit for messages."""
    parts = urlsplit(uri)
    if parts.password is None:
        return uri
    host = parts.hostname or ""
    port = f":{parts.port}" if parts.port else ""
    return urlunsplit(parts._replace(netloc=f"{parts.username}:***@{host}{port}"))
