"""Points as lines of text: ``timestamp value step``, as MLflow's files have them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import BinaryIO

from nbtrack.store import PointRow, Stretch
from nbtrack.transfer.report import Report

STRETCH_POINTS = 50_000
MAX_LINE_BYTES = 1000
_MIN_INT64, _MAX_INT64 = -(2**63), 2**63 - 1


def read_points(key: str, open_file: Callable[[], BinaryIO], report: Report, owner: str) -> Iterator[Stretch]:
    """Yield the points of one metric's file; lines that are none are counted and reported."""
    damaged: list[int] = []
    done = 0
    with open_file() as file:
        lines = _lines(file)
        while some := list(islice(lines, STRETCH_POINTS)):
            points = _parsed_at_once(some) or _parsed_one_by_one(some, done, damaged)
            if points:
                yield key, points
            done += len(some)
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
    return (step, at_ms, value) if _are_kept((step, at_ms)) else None


def _parsed_at_once(lines: Sequence[bytes]) -> list[PointRow] | None:
    """Return the points of lines that are as MLflow writes them today, all of them, or None: five times as fast."""
    rows = [line.split() for line in lines]
    if set(map(len, rows)) != {3}:
        return None
    times, values, steps = zip(*rows, strict=True)
    try:
        points = list(zip(map(int, steps), map(int, times), map(float, values), strict=True))
    except ValueError:
        return None
    return points if all(_are_kept(numbers) for numbers in islice(zip(*points, strict=True), 2)) else None


def _parsed_one_by_one(lines: Sequence[bytes], start: int, damaged: list[int]) -> list[PointRow]:
    """Return the points of those lines that hold one, and note the numbers of those that hold something else."""
    points = []
    for number, line in enumerate(lines, start=start + 1):
        point = parse_point(line)
        if point is not None:
            points.append(point)
        elif line.strip():
            damaged.append(number)
    return points


def _are_kept(numbers: Sequence[int]) -> bool:
    """Tell whether whole numbers fit into 64 bits."""
    return min(numbers) >= _MIN_INT64 and max(numbers) <= _MAX_INT64


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Yield lines, overlong ones as something that is no point: a file without line ends must not fill the memory."""
    while line := file.readline(MAX_LINE_BYTES):
        if len(line) == MAX_LINE_BYTES and not line.endswith(b"\n"):
            while (rest := file.readline(MAX_LINE_BYTES)) and not rest.endswith(b"\n"):
                pass
            line = b"(overlong)"
        yield line
