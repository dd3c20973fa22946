"""Points as lines of text: ``timestamp value step``, as MLflow's files have them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import BinaryIO

from nbtrack.store import PointRow, Stretch
from nbtrack.transfer.report import Report

STRETCH_POINTS = 50_000
MAX_LINE_BYTES = 1000
_MIN_INT64, _MAX_INT64 = -(2**63), 2**63 - 1


def read_points(key: str, open_file: Callable[[], BinaryIO], report: Report, owner: str) -> Iterator[Stretch]:
    """Yield the points of one metric's file; lines that are none are counted and reported."""
    points: list[PointRow] = []
    damaged: list[int] = []
    with open_file() as file:
        for number, line in enumerate(_lines(file), start=1):
            point = parse_point(line)
            if point is not None:
                points.append(point)
            elif line.strip():
                damaged.append(number)
            if len(points) >= STRETCH_POINTS:
                yield key, points
                points = []
    if points:
        yield key, points
    if damaged:
        more = f" and {len(damaged) - 1} more" if len(damaged) > 1 else ""
        report.leave_out("points", f"{key} of {owner}", f"line {damaged[0]}{more}: no point (time, value, step)")


def parse_point(line: bytes) -> PointRow | None:
    """Return the point that a line holds, if it holds one. The first versions of MLflow wrote no step."""
    parts = line.split()
    try:
        at_ms, value = int(parts[0]), float(parts[1])
        step = int(parts[2]) if len(parts) > 2 else 0
    except (IndexError, ValueError):
        return None
    is_kept = _MIN_INT64 <= at_ms <= _MAX_INT64 and _MIN_INT64 <= step <= _MAX_INT64
    return (step, at_ms, value) if is_kept else None


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Yield lines, overlong ones as something that is no point: a file without line ends must not fill the memory."""
    while line := file.readline(MAX_LINE_BYTES):
        if len(line) == MAX_LINE_BYTES and not line.endswith(b"\n"):
            while (rest := file.readline(MAX_LINE_BYTES)) and not rest.endswith(b"\n"):
                pass
            line = b"(overlong)"
        yield line
