"""This process as a session: what its runs and cells belong to, and what tells whether they still live."""

from __future__ import annotations

import os
import threading
import time
import uuid

from nbtrack.entities import Session
from nbtrack.store import Store, boot_id, host_name, process_started_at_ms

_lock = threading.Lock()
_session: Session | None = None
_opened_in: set[str] = set()
notebook_path: str | None = None
"""Path of the notebook that this process is the kernel of; set by the notebook layer."""


def session_id_in(store: Store) -> str:
    """Return this process's session id, recording the session in ``store`` first."""
    global _session
    with _lock:
        # A forked child is a process of its own.
        if _session is None or _session.pid != os.getpid():
            _session = _new_session()
            _opened_in.clear()
        if store.uri not in _opened_in:
            store.sessions.open(_session)
            _opened_in.add(store.uri)
        return _session.session_id


def _new_session() -> Session:
    return Session(
        session_id=uuid.uuid4().hex,
        host=host_name(),
        boot_id=boot_id(),
        pid=os.getpid(),
        process_started_at_ms=process_started_at_ms(),
        started_at_ms=time.time_ns() // 1_000_000,
        notebook=notebook_path,
    )
