"""Runs whose process is gone are over. Only the machine that the process ran on can tell whether it is."""

from __future__ import annotations

import time
from collections.abc import Sequence

from nbtrack.store.processes import host_name, is_alive
from nbtrack.store.protocol import SessionStore


def interrupt_runs_of_dead(sessions: SessionStore) -> Sequence[str]:
    """End, as KILLED, the open runs of this machine's processes that are gone; return their ids."""
    dead = [
        session.session_id
        for session in sessions.with_open_runs(host=host_name())
        if not is_alive(session.boot_id, session.pid, session.process_started_at_ms)
    ]
    return sessions.interrupt_runs(dead, at_ms=time.time_ns() // 1_000_000) if dead else ()
