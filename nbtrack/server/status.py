"""The one place that decides which HTTP status an error has."""

from __future__ import annotations

from nbtrack.errors import NbtrackError

_STATUS = {
    "INVALID_PARAMETER_VALUE": 400,
    "BAD_REQUEST": 400,
    "PERMISSION_DENIED": 403,
    "RESOURCE_DOES_NOT_EXIST": 404,
    "RESOURCE_ALREADY_EXISTS": 409,
    "INVALID_STATE": 409,
    "TEMPORARILY_UNAVAILABLE": 503,
}

CODES = {
    403: "PERMISSION_DENIED",
    404: "ENDPOINT_NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    413: "REQUEST_TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
}
"""Codes of what is refused before a handler is asked."""


def status_of(error: NbtrackError) -> int:
    """Return the HTTP status of an error, by its code."""
    return _STATUS.get(error.code, 500)
