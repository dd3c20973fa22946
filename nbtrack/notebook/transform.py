"""Taking ``%%track`` off a cell before IPython runs it, so that the cell behaves as any other.

A transformer must be pure: IPython also calls it to see whether a cell is complete.
"""

from __future__ import annotations

import re

from nbtrack.errors import InvalidInput
from nbtrack.notebook.options import HelpWanted, TrackOptions, parse_track_options

_TRACK = re.compile(r"%%track(?:[ \t]+(?P<options>.*))?$")


def track_line(source: str) -> str | None:
    """Return the options behind a cell's ``%%track``, or None if it has none.

    Other ``%%`` magics may stand above it.
    """
    for line in source.splitlines():
        if not line.strip():
            continue
        found = _TRACK.match(line.rstrip())
        if found:
            return found["options"] or ""
        if not line.startswith("%%"):
            return None
    return None


def without_track(lines: list[str]) -> list[str]:
    """Take the ``%%track`` line out of a cell's lines; bad options become a cell that says so, or shows the help."""
    position = _track_position(lines)
    if position is None:
        return lines
    found = _TRACK.match(lines[position].rstrip())
    refusal = _refusal(found["options"] or "" if found else "")
    if refusal is not None:
        return [refusal]
    above, below = lines[:position], lines[position + 1 :]
    following = next((line for line in below if line.strip()), "")
    if following.startswith("%%") or any(line.strip() for line in above):
        return [*above, *below]  # a cell magic must be the first line
    # A comment in its place keeps the line numbers of tracebacks those of the editor.
    return [*above, "# tracked\n", *below]


def options_of(source: str) -> TrackOptions | None:
    """Return the options of a tracked cell; None for a cell that is not tracked, or whose options are wrong."""
    line = track_line(source)
    if line is None:
        return None
    try:
        return parse_track_options(line)
    except (InvalidInput, HelpWanted):
        return None


def _track_position(lines: list[str]) -> int | None:
    for position, line in enumerate(lines):
        if _TRACK.match(line.rstrip()):
            return position
        if line.strip() and not line.startswith("%%"):
            return None
    return None


def _refusal(options: str) -> str | None:
    try:
        parse_track_options(options)
    except InvalidInput as error:
        message = f"%%track: {error}. The cell did not run. %%track --help shows the options."
    except HelpWanted as wanted:
        return f"print({str(wanted)!r})\n"
    else:
        return None
    return f"get_ipython().run_line_magic('nbtrack_refuse', {message!r})\n"
