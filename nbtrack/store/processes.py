"""Who is still alive: a process is named by its machine's boot, its pid and its start, since pids are used again."""

from __future__ import annotations

import functools
import os
import socket
from pathlib import Path

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_CLOCK_SLACK_MS = 2_000


@functools.cache
def boot_id() -> str:
    """Return what names this boot of this machine."""
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        import psutil

        return str(int(psutil.boot_time()))


@functools.cache
def host_name() -> str:
    return socket.gethostname()


def process_started_at_ms(pid: int | None = None) -> int:
    import psutil

    return int(psutil.Process(os.getpid() if pid is None else pid).create_time() * 1000)


def is_alive(boot: str, pid: int, started_at_ms: int) -> bool:
    """Tell whether the process that was started then, as ``pid``, under this boot, still runs."""
    if boot != boot_id():
        return False
    import psutil

    try:
        process = psutil.Process(pid)
        # A start time is computed from the boot's, which may be adjusted by the clock's corrections.
        same = abs(int(process.create_time() * 1000) - started_at_ms) <= _CLOCK_SLACK_MS
        return same and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
