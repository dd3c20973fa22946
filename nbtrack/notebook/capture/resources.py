from __future__ import annotations

import re
import sys
import time
from dataclasses import dataclass
from pathlib import Path

_CLEAR_REFS = Path("/proc/self/clear_refs")
_STATUS = Path("/proc/self/status")


@dataclass(frozen=True)
class Usage:
    """What a cell used. The peak is of the whole process, in bytes; None where the system doesn't tell."""

    wall_ms: float
    cpu_ms: float
    peak_memory_bytes: int | None


class ResourceMeter:
    def __init__(self) -> None:
        self._resets_peak = _reset_peak()
        self._wall = time.perf_counter()
        self._cpu = time.process_time()

    def stop(self) -> Usage:
        return Usage(
            wall_ms=(time.perf_counter() - self._wall) * 1000,
            cpu_ms=(time.process_time() - self._cpu) * 1000,
            peak_memory_bytes=_peak_since_reset() if self._resets_peak else _peak_of_process(),
        )


def _reset_peak() -> bool:
    try:
        _CLEAR_REFS.write_text("5", encoding="ascii")  # Linux: set the peak back to what is in use now
    except OSError:
        return False
    return True


def _peak_since_reset() -> int | None:
    found = re.search(r"VmHWM:\s*(\d+) kB", _STATUS.read_text(encoding="ascii", errors="replace"))
    return int(found[1]) * 1024 if found else None


def _peak_of_process() -> int | None:
    try:
        import resource
    except ImportError:
        return None  # Windows
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak if sys.platform == "darwin" else peak * 1024)
