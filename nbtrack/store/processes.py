"""Who is still alive: a process is named by its machine's boot, its pid and its start, since pids are used again."""

from __future__ import annotations

import functools
import os
import socket
from pathlib import Path

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_PID_NAMESPACE = Path("/proc/self/ns/pid")
_CLOCK_SLACK_MS = 2_000


@functools.cache
def boot_id() -> str:
    """Return what names this boot of this machine and, after a slash, whose pids are meant: a container has its own."""
    return f"{_boot()}/{_pid_namespace()}"


def is_of_this_boot(boot: str) -> bool:
    """Tell whether a boot id is this machine's, in this container or another."""
    return boot.partition("/")[0] == _boot()


def _boot() -> str:
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        import psutil

        return str(int(psutil.boot_time()))


def _pid_namespace() -> str:
    try:
        return _PID_NAMESPACE.readlink().name.strip("pid:[]")
    except OSError:
        return ""  # only Linux has them


@functools.cache
def host_name() -> str:
    return socket.gethostname()


def process_started_at_ms(pid: int | None = None) -> int:
    import psutil

    return int(psutil.Process(os.getpid() if pid is None else pid).create_time() * 1000)


def is_alive(pid: int, started_at_ms: int) -> bool:
    """Tell whether the process of this boot that was started then, as ``pid``, still runs."""
    import psutil

    try:
        process = psutil.Process(pid)
        # A start time is computed from the boot's, which may be adjusted by the clock's corrections.
        same = abs(int(process.create_time() * 1000) - started_at_ms) <= _CLOCK_SLACK_MS
        return same and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
