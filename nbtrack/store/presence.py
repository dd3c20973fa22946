"""Which sessions' processes still live, so that the runs of the others can be ended.

Pids and host names don't tell: containers that share a store may have the same, and one machine can't look into
another. What is looked at, the surest first:

1. A process keeps a file of its session locked, beside the outbox. While that is locked, it lives. Once it can be
   locked, the process is gone: on a disk of this machine whenever that was, on a network file system if it ran on this
   machine since the last boot.
2. Without such a file, a process of this boot and these pids (those of a container are its own) is looked up by its
   pid and its start.
3. Of any other, the session was last seen when it said so; one that was not for a day is gone.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from nbtrack import clock
from nbtrack.store.filesystem import is_on_network
from nbtrack.store.locks import Lock, try_lock
from nbtrack.store.processes import boot_id, is_alive, is_of_this_boot
from nbtrack.store.protocol import SeenSession, Store

LEASE_S = 24 * 60 * 60.0
"""A laptop may sleep with a run open; and who ended a machine can wait for a day until that shows."""
SIGN_INTERVAL_S = 15 * 60.0
"""How often a process shows that it lives."""
SUFFIX = ".session"

# Files that this process holds: a network file system would let it lock them twice, and give them up.
_own: set[Path] = set()


class Presence:
    """The file that tells that this process's session lives; it is locked as long as that is so."""

    def __init__(self, folder: Path, session_id: str) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file = folder / f"{session_id}{SUFFIX}"
        arriving = self._file.with_suffix(".arriving")
        self._descriptor = os.open(arriving, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        # It has its name only once it is locked: nobody may find it unlocked while the process lives.
        if try_lock(self._descriptor) is Lock.TAKEN:
            arriving.replace(self._file)
            _own.add(self._file)
        else:
            arriving.unlink()

    def renew(self) -> None:
        """Show that the process lives where locks don't tell."""
        with suppress(OSError):  # it was removed with its folder
            os.utime(self._file)

    def end(self) -> None:
        """Take it away: the process is through with the store."""
        self._file.unlink(missing_ok=True)
        self.disown()

    def disown(self) -> None:
        """Forget it; in a forked child, since it is the parent's."""
        _own.discard(self._file)
        with suppress(OSError):
            os.close(self._descriptor)


def interrupt_runs_of_dead(store: Store) -> Sequence[str]:
    """End, as KILLED, the open runs of processes that are gone; return their ids."""
    is_held = _signs_in(store.outbox)
    gone = _gone(store, is_held)
    interrupted = store.sessions.interrupt_runs(gone, at_ms=clock.now_ms()) if gone else ()
    for session_id, held in is_held.items():
        if not held and (session_id in gone or is_trusted(store.outbox / f"{session_id}{SUFFIX}", is_of_here=False)):
            with suppress(OSError):  # another process was faster
                (store.outbox / f"{session_id}{SUFFIX}").unlink()
    return interrupted


def gone_sessions(store: Store) -> Sequence[str]:
    """Return the sessions that have open runs, and whose process is gone."""
    return _gone(store, _signs_in(store.outbox))


def _gone(store: Store, is_held: Mapping[str, bool]) -> Sequence[str]:
    return [
        seen.session.session_id
        for seen in store.sessions.with_open_runs()
        if _is_gone(seen, store.outbox, is_held, now_ms=clock.now_ms())
    ]


def is_trusted(file: Path, *, is_of_here: bool) -> bool:
    """Tell whether it can be said of a file's process that it is gone, from the file not being locked.

    ``is_of_here`` says that it ran on this machine, since this boot.
    """
    return is_of_here or not is_on_network(file.parent) or is_old(file)


def is_old(file: Path) -> bool:
    """Tell whether a file's process has not shown for long that it lives."""
    try:
        return time.time() - file.stat().st_mtime > LEASE_S
    except OSError:
        return False


def _signs_in(folder: Path) -> dict[str, bool]:
    """Return the sessions that have a file, and whether that is held; what can't be told counts as held."""
    try:
        names = [entry.name for entry in os.scandir(folder) if entry.name.endswith(SUFFIX)]
    except OSError:
        return {}  # nobody logged anything here yet
    return {name.removesuffix(SUFFIX): _is_held(folder / name) for name in names}


def _is_held(file: Path) -> bool:
    if file in _own:
        return True
    try:
        descriptor = os.open(file, os.O_RDWR)
    except FileNotFoundError:
        return False  # it was ended meanwhile
    except OSError:
        return True
    try:
        return try_lock(descriptor) is not Lock.TAKEN
    finally:
        os.close(descriptor)


def _is_gone(seen: SeenSession, folder: Path, is_held: Mapping[str, bool], *, now_ms: int) -> bool:
    session = seen.session
    held = is_held.get(session.session_id)
    if held:
        return False
    is_of_here = is_of_this_boot(session.boot_id)
    if held is False and (is_of_here or not is_on_network(folder)):
        return True
    if session.boot_id == boot_id():
        return not is_alive(session.pid, session.process_started_at_ms)
    return now_ms - seen.seen_at_ms > LEASE_S * 1000
