"""Delivering what processes left that are gone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from nbtrack.errors import StoreUnavailable
from nbtrack.outbox.delivery import OnLoss, deliver_segment
from nbtrack.outbox.durability import retire_segment
from nbtrack.outbox.segments import SUFFIX, is_of_here, is_own
from nbtrack.store import Store
from nbtrack.store.locks import Lock, try_lock
from nbtrack.store.presence import is_old, is_trusted

DAMAGED_SUFFIX = ".damaged"


def recover(store: Store, on_loss: OnLoss) -> int:
    """Deliver the segments of dead processes to their store; return how many there were.

    Several processes may try at once: a segment is delivered by the one that locks it.

    Raises
    ------
    StoreUnavailable
        What is left stays where it is.
    """
    return sum(_recover_segment(store, path, on_loss) for path in segments_in(store.outbox))


def segments_in(folder: Path) -> list[Path]:
    try:
        return sorted(folder / entry.name for entry in os.scandir(folder) if entry.name.endswith(SUFFIX))
    except OSError:
        return []  # nobody logged anything here yet


@contextmanager
def left_segment(path: Path) -> Iterator[int | None]:
    """Open a segment whose process is gone, and keep others from doing so meanwhile; None for any other."""
    name = path.name.removesuffix(SUFFIX)
    descriptor = None
    try:
        if not is_own(name):
            with suppress(OSError):  # another process was faster, or it is not ours to open
                descriptor = os.open(path, os.O_RDWR)
        # The file may have been delivered and removed between opening and locking it.
        is_left = descriptor is not None and _is_left(path, try_lock(descriptor), name) and path.exists()
        yield descriptor if is_left else None
    finally:
        if descriptor is not None:
            with suppress(OSError):
                os.close(descriptor)


def _recover_segment(store: Store, path: Path, on_loss: OnLoss) -> bool:
    name = path.name.removesuffix(SUFFIX)
    with left_segment(path) as descriptor:
        if descriptor is None:
            return False
        _, damaged = deliver_segment(store, descriptor, name, os.fstat(descriptor).st_size, on_loss)
        aside = path.with_suffix(DAMAGED_SUFFIX) if damaged else None
        retire_segment(store, path, aside=aside)
        if damaged:
            error = StoreUnavailable(f"{damaged} records of {aside} are damaged.")
            on_loss(f"records that a process left are damaged ({damaged}); they are kept in {aside}.", error)
    return True


def _is_left(path: Path, lock: Lock, name: str) -> bool:
    """Tell whether the process that wrote a segment is gone."""
    if lock is Lock.TAKEN:
        return is_trusted(path, is_of_here=is_of_here(name))
    return lock is Lock.UNKNOWN and is_old(path)
