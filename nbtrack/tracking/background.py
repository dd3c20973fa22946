"""Work that goes on after the cell that caused it: saving what would take the user's time otherwise.

What is submitted is done in order, by one thread; ``wait`` returns when all of it is done, and the process does not
exit before.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from contextlib import contextmanager
from contextvars import ContextVar

MAX_PENDING_BYTES = 512 * 1024 * 1024
"""What may wait in memory; who submits more waits until the rest is done."""

_THREAD_NAME = "nbtrack-background"
_lock = threading.Lock()
_executor: ThreadPoolExecutor | None = None
_pid = 0
# With the bytes that each keeps in memory.
_pending: dict[Future[None], int] = {}


# What is submitted while this thread holds it back.
_held: ContextVar[list[Callable[[], None]] | None] = ContextVar("nbtrack_held_work", default=None)


@contextmanager
def holding_back() -> Iterator[None]:
    """Let what this thread submits inside begin only afterwards: it would take turns with what goes on here."""
    if _held.get() is not None:
        yield
        return
    held: list[Callable[[], None]] = []
    token = _held.set(held)
    try:
        yield
    finally:
        _held.reset(token)
        for begin in held:
            begin()


def submit(work: Callable[..., None], *arguments: object, size_bytes: int = 0) -> None:
    """Have ``work``, whose arguments take ``size_bytes``, done soon. It must not raise: nobody would hear."""
    held = _held.get()
    if held is not None:
        held.append(lambda: submit(work, *arguments, size_bytes=size_bytes))
        return
    if size_bytes and sum(list(_pending.values())) + size_bytes > MAX_PENDING_BYTES:
        wait()
    with _lock:
        future = _running_executor().submit(work, *arguments)
        _pending[future] = size_bytes
    future.add_done_callback(lambda done: _pending.pop(done, None))


def wait(timeout_s: float | None = None) -> None:
    """Return when everything submitted so far is done or the time is over; in the background thread at once."""
    # A forked child knows of work that only its parent's thread does.
    if threading.current_thread().name.startswith(_THREAD_NAME) or _pid != os.getpid():
        return
    wait_for(list(_pending), timeout_s)


def _running_executor() -> ThreadPoolExecutor:
    global _executor, _pid
    # Threads do not survive a fork, and what the parent has pending is the parent's.
    if _executor is None or _pid != os.getpid():
        _executor, _pid = ThreadPoolExecutor(1, thread_name_prefix=_THREAD_NAME), os.getpid()
        _pending.clear()
    return _executor


def _after_fork_in_child() -> None:
    global _lock
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
