"""The one place that decides which status and code of MLflow an error has."""

from __future__ import annotations

from nbtrack.errors import InvalidState, NbtrackError
from nbtrack.rest.bodies import TooLarge


class NotOffered(NbtrackError):
    """What clients ask for first and do without: they go on when they hear this."""

    code = "NOT_IMPLEMENTED"


_STATUS = {
    "INVALID_PARAMETER_VALUE": 400,
    "BAD_REQUEST": 400,
    "RESOURCE_ALREADY_EXISTS": 400,
    "PERMISSION_DENIED": 403,
    "RESOURCE_DOES_NOT_EXIST": 404,
    "DEADLINE_EXCEEDED": 408,
    "NOT_IMPLEMENTED": 501,
    "TEMPORARILY_UNAVAILABLE": 503,
}


def status_and_code(error: NbtrackError) -> tuple[int, str]:
    """Return the HTTP status and the code that MLflow's clients know for an error."""
    # MLflow's INVALID_STATE is a fault of the server; writing to what is deleted is the client's.
    code = "INVALID_PARAMETER_VALUE" if isinstance(error, InvalidState) else error.code
    return 413 if isinstance(error, TooLarge) else _STATUS.get(code, 500), code
