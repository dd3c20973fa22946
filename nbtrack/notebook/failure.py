"""What a failed cell tells of its failure."""

from __future__ import annotations

import traceback

from nbtrack.tracking.failure import storable

MAX_TRACEBACK = 50_000


def traceback_text(error: BaseException) -> str:
    """Return the traceback from the cell on, without IPython's own frames."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None and _is_of_shell(trace.tb_frame.f_code.co_filename):
        trace = trace.tb_next
    return storable("".join(traceback.format_exception(type(error), error, trace)))[-MAX_TRACEBACK:]


def failing_line(error: BaseException) -> int | None:
    """Return the line of the cell at which it failed, from 1; 0 if it never started, None if unknown."""
    if isinstance(error, SyntaxError):
        return 0
    trace = error.__traceback__
    while trace is not None:
        if not _is_of_shell(trace.tb_frame.f_code.co_filename):
            return trace.tb_lineno
        trace = trace.tb_next
    return None


def _is_of_shell(filename: str) -> bool:
    return "IPython" in filename
