"""Locks on files that end with the process that took them, however it dies."""

from __future__ import annotations

import errno
import os
from enum import Enum

_IS_HELD = {errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES}


class Lock(Enum):
    TAKEN = "taken"
    """This process has it now."""
    HELD = "held"
    """A living process has it."""
    UNKNOWN = "unknown"
    """The file system knows no locks."""


def try_lock(descriptor: int) -> Lock:
    """Lock an open file for this process, if nobody else has it; closing the file gives the lock up.

    It tells across containers that share a machine. A network file system may keep locks to itself on each machine:
    there, that a file can be locked tells nothing of other machines.
    """
    try:
        import fcntl
    except ImportError:
        return _try_lock_on_windows(descriptor)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return Lock.HELD if error.errno in _IS_HELD else Lock.UNKNOWN
    return Lock.TAKEN


def _try_lock_on_windows(descriptor: int) -> Lock:
    import importlib

    msvcrt = importlib.import_module("msvcrt")
    # A byte far behind any content: a lock on Windows keeps others from reading what it covers.
    position = os.lseek(descriptor, 0, os.SEEK_CUR)
    try:
        os.lseek(descriptor, 2**40, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    except OSError:
        return Lock.HELD
    finally:
        os.lseek(descriptor, position, os.SEEK_SET)
    return Lock.TAKEN
