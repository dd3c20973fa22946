"""Which store is meant: an explicit choice, the environment, the nearest folder upward, or a new one here."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

TRACKING_URI_VARIABLE = "NBTRACK_TRACKING_URI"
EXPERIMENT_VARIABLE = "NBTRACK_EXPERIMENT_NAME"
DURABILITY_VARIABLE = "NBTRACK_DURABILITY"
FRONTEND_VARIABLE = "NBTRACK_FRONTEND"
ARTIFACT_ROOT_VARIABLE = "NBTRACK_ARTIFACT_ROOT"
SERVER_ROOT_VARIABLE = "NBTRACK_SERVER_ROOT"
SHOW_SIDEBAR_VARIABLE = "NBTRACK_SHOW_SIDEBAR"
SYSTEM_METRICS_VARIABLE = "NBTRACK_ENABLE_SYSTEM_METRICS_LOGGING"
SAMPLING_INTERVAL_VARIABLE = "NBTRACK_SYSTEM_METRICS_SAMPLING_INTERVAL"
SAMPLES_BEFORE_LOGGING_VARIABLE = "NBTRACK_SYSTEM_METRICS_SAMPLES_BEFORE_LOGGING"
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


# As greedy as can be: a password may hold what should have been escaped.
_PASSWORD = re.compile(r"(?<=://)([^/:@]*):.*@")
_PASSWORD_IN_CODE = re.compile(r"(?<=://)([^/:@\s'\"]*):[^@\s'\"{}]+@")
_USER = re.compile(r"(?<=://)[^/:@]*(:.*)?@")
_SECRET_OPTION = re.compile(r"([?&][^=&]*(?:password|passwd|secret|token)[^=&]*=)[^&#]*", re.IGNORECASE)


def redact(uri: str) -> str:
    """Return ``uri`` without its secrets, fit for messages."""
    return _SECRET_OPTION.sub(r"\1***", _PASSWORD.sub(r"\1:***@", uri))


def without_passwords(source: str) -> str:
    """Return code without the passwords in its URIs: it is kept where others read it."""
    return _PASSWORD_IN_CODE.sub(r"\1:***@", source)


def outbox_folder(uri: str) -> Path:
    """Return the folder on this machine where what is logged to a store that has no folder waits for it.

    Who the user is and the password don't matter: with other credentials it is the same store.
    """
    return user_folder() / "outbox" / store_digest(uri)


def store_digest(uri: str) -> str:
    """Return what names a store in the names of files; nothing of ``uri`` can be read from it."""
    place = _SECRET_OPTION.sub(r"\1", _USER.sub("", uri))
    return hashlib.sha256(place.encode()).hexdigest()[:32]


def user_folder() -> Path:
    """Return where nbtrack keeps, for this user, what belongs to no folder of theirs."""
    import platformdirs

    return platformdirs.user_data_path("nbtrack", appauthor=False)
