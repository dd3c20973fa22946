"""Times and sizes in the words that people use."""

from __future__ import annotations

from itertools import pairwise

_UNITS_S = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
_LONG_AGO_S = 30 * 86_400


def ago(at_ms: int, *, now_ms: int) -> str:
    """Return ``3 min ago``; after a month the day, as in ``2025-03-01``."""
    passed_s = (now_ms - at_ms) // 1_000
    if passed_s >= _LONG_AGO_S or passed_s < -60:  # another machine's clock may be ahead
        return moment(at_ms)[:10]
    for unit, length_s in _UNITS_S:
        if passed_s >= length_s:
            return f"{passed_s // length_s} {unit} ago"
    return "now"


def moment(at_ms: int) -> str:
    """Return a time in UTC, as in ``2025-03-01 12:30:05 UTC``; one that no calendar has as milliseconds."""
    from datetime import datetime, timedelta, timezone

    try:
        at = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(milliseconds=at_ms)
    except OverflowError:
        return f"{at_ms} ms"
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def duration(length_ms: int) -> str:
    """Return ``12 ms``, ``3.4 s``, ``5 min 20 s``, ``2 h 5 min``, ``3 d 4 h``."""
    if length_ms < 1_000:
        return f"{length_ms} ms"
    if length_ms < 60_000:
        return f"{length_ms / 1_000:.1f} s"
    seconds = length_ms // 1_000
    (unit, length_s), (smaller, smaller_s) = next(pair for pair in pairwise(_UNITS_S) if seconds >= pair[0][1])
    rest = seconds % length_s // smaller_s
    return f"{seconds // length_s} {unit}" + (f" {rest} {smaller}" if rest else "")


def size(size_bytes: int) -> str:
    """Return ``812 B``, ``4.2 MB``; a kB has 1000 bytes."""
    if size_bytes < 1_000:
        return f"{size_bytes} B"
    amount = float(size_bytes)
    for unit in ("kB", "MB", "GB", "TB"):
        amount /= 1_000
        if amount < 999.95 or unit == "TB":
            break
    return f"{amount:.1f} {unit}"


def counted(number: int, noun: str) -> str:
    """Return ``1 run``, ``1,200 runs``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
