"""This process as a session: what its runs and cells belong to, and what tells whether they still live."""

from __future__ import annotations

import hashlib
import os
import threading
import uuid
import weakref
from dataclasses import dataclass, field

from nbtrack.clock import now_ms
from nbtrack.entities import CellExecution, Session
from nbtrack.settings import without_passwords
from nbtrack.store import Store, boot_id, host_name, process_started_at_ms

_lock = threading.Lock()
_session: Session | None = None
_recorded_in: weakref.WeakSet[Store] = weakref.WeakSet()
notebook_path: str | None = None
"""Path of the notebook that this process is the kernel of; set by the notebook layer."""


@dataclass
class Cell:
    """The notebook cell that is executing now, and the runs that it made so far."""

    source: str
    cell_id: str | None
    execution_count: int | None
    execution_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    started_at_ms: int = field(default_factory=now_ms)
    run_ids: list[str] = field(default_factory=list)

    def next_group_id(self) -> str:
        """Return what the next run of this cell shares with those of the cell's other executions.

        A frontend that tells no cell ids leaves the source to know a cell by. A cell that makes several runs has a
        group for its first, its second, ...
        """
        place = f"{notebook_path}\n{self.cell_id or self.source}\n{len(self.run_ids)}"
        return hashlib.sha256(place.encode("utf-8", "replace")).hexdigest()[:32]


current_cell: Cell | None = None
"""Set by the notebook layer while a cell executes."""


def session_id() -> str:
    """Return this process's session id."""
    return current().session_id


def unrecorded_in(store: Store) -> Session | None:
    """Return this process's session if nobody asked for this store before: it has to be recorded there."""
    session = current()
    with _lock:
        if store in _recorded_in:
            return None
        _recorded_in.add(store)
        return session


def current() -> Session:
    """Return this process as a session."""
    global _session
    with _lock:
        # A forked child is a process of its own.
        if _session is None or _session.pid != os.getpid():
            _session = _new_session()
            _recorded_in.clear()
        return _session


def _new_session() -> Session:
    return Session(
        session_id=uuid.uuid4().hex,
        host=host_name(),
        boot_id=boot_id(),
        pid=os.getpid(),
        process_started_at_ms=process_started_at_ms(),
        started_at_ms=now_ms(),
        notebook=notebook_path,
    )


def execution_of(cell: Cell) -> CellExecution:
    """Return the record of a cell that is still running."""
    return CellExecution(
        execution_id=cell.execution_id,
        session_id=session_id(),
        source=without_passwords(cell.source),
        started_at_ms=cell.started_at_ms,
        cell_id=cell.cell_id,
        notebook=notebook_path,
        execution_count=cell.execution_count,
    )


def _after_fork_in_child() -> None:
    global _lock
    # Another thread of the parent may have held it, and is not here to give it back.
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
