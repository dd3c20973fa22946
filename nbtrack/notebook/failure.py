"""What a failed cell tells of its failure."""

from __future__ import annotations

import traceback
from pathlib import Path

from nbtrack.tracking.failure import storable

MAX_TRACEBACK = 50_000
_LISTENERS = str(Path(__file__).parent.parent / "autolog")


def traceback_text(error: BaseException) -> str:
    """Return the traceback from the cell on, without IPython's frames and those that only listen."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None and _is_of_shell(trace.tb_frame.f_code.co_filename):
        trace = trace.tb_next
    found = traceback.TracebackException(type(error), error, trace)
    _leave_out_listeners(found)
    return storable("".join(found.format()))[-MAX_TRACEBACK:]


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


def _leave_out_listeners(found: traceback.TracebackException | None) -> None:
    while found is not None:
        users = [frame for frame in found.stack if not frame.filename.startswith(_LISTENERS)]
        found.stack = traceback.StackSummary.from_list(users)
        found = found.__cause__ or found.__context__


def _is_of_shell(filename: str) -> bool:
    return "IPython" in filename
