"""The outboxes of this process, one for each store that it logs to."""

from __future__ import annotations

import atexit
import os
from contextlib import suppress

from nbtrack.errors import InvalidInput, StoreUnavailable
from nbtrack.outbox import Durability, Outbox, OutboxStatus, Uploads, UploadStatus, recover
from nbtrack.settings import DURABILITY_VARIABLE
from nbtrack.store import Store
from nbtrack.tracking.notices import notify
from nbtrack.tracking.workspace import current_store, is_store_open

MAX_TOLD = 1_000
MAX_FLUSH_S = 10.0
"""How long a reader waits for what was logged."""
MAX_PAUSE_S = 1.0
"""How long a run that begins or ends waits for it; a store that is away must not stop anybody's work."""

_outboxes: dict[Store, Outbox] = {}
_uploads: dict[Store, Uploads] = {}
# What was refused is told once: a loop may log to a deleted run at every step.
_told: set[str] = set()
_chosen_durability: Durability | None = None


def set_durability(durability: str | None) -> None:
    """Choose what a log call outlasts once it has returned, in this process.

    Parameters
    ----------
    durability
        ``"normal"``: the death of the process, and a loss of power but for about the last second; calls take
        microseconds. ``"full"``: a loss of power, too; each call waits for the disk, which takes milliseconds.
        None: what ``NBTRACK_DURABILITY`` says, else normal.

    Raises
    ------
    InvalidInput
        It is neither.
    """
    global _chosen_durability
    _chosen_durability = None if durability is None else _parsed(durability, "durability")
    now = _durability()
    for outbox in list(_outboxes.values()):
        outbox.set_durability(now)


def _durability() -> Durability:
    return _chosen_durability or _parsed(os.environ.get(DURABILITY_VARIABLE) or "normal", DURABILITY_VARIABLE)


def _parsed(durability: str, name: str) -> Durability:
    try:
        return Durability(durability)
    except ValueError:
        known = " or ".join(f'"{each.value}"' for each in Durability)
        raise InvalidInput(f"{name} can't be {durability!r}; it is {known}.") from None


def outbox_of(store: Store) -> Outbox:
    outbox = _outboxes.get(store)
    if outbox is None:
        for gone in [other for other in list(_outboxes) if not other.is_there()]:
            left = _outboxes.pop(gone, None)
            if left is not None:  # else another thread was faster
                left.abandon()
        # The first of several threads wins; an outbox that nothing was appended to is nothing.
        outbox = _outboxes.setdefault(store, Outbox(store, on_fault=_tell_fault, durability=_durability()))
    return outbox


def uploads_of(store: Store) -> Uploads:
    """Return what brings files to their place that had to wait."""
    uploads = _uploads.get(store)
    if uploads is None:
        for gone in [other for other in list(_uploads) if not other.is_there()]:
            _uploads.pop(gone, None)
        uploads = _uploads.setdefault(store, Uploads(store, on_loss=_tell_fault))
    return uploads


def write_out(*, is_patient: bool = True) -> bool:
    """Return when what was appended can be read, or can't be stored now; tell which.

    What is being gathered, or goes on in the background, comes later. Without patience, a store that is known to be
    away is not tried again.
    """
    limit_s = MAX_FLUSH_S if is_patient else MAX_PAUSE_S
    stored = [outbox.flush(limit_s, is_patient=is_patient) for outbox in list(_outboxes.values())]
    return all(stored)


def take_what_workers_left() -> None:
    """Store what workers logged that are gone: a process of ``multiprocessing`` ends without a last delivery."""
    for store in list(_outboxes):
        with suppress(StoreUnavailable):  # whoever reads hears of it
            recover(store, notify)


def upload_files() -> None:
    """Return when files that had to wait are in their place, or can't get there now."""
    for uploads in list(_uploads.values()):
        uploads.flush(MAX_FLUSH_S if uploads.status().fault is None else MAX_PAUSE_S)


def upload_status() -> UploadStatus | None:
    """Tell which files wait for their place in the open store; None if no store is open."""
    return uploads_of(current_store()).status() if is_store_open() else None


def outbox_status() -> OutboxStatus | None:
    """Tell how far what this process logged to the open store has got to; None if it logged nothing."""
    outbox = _outboxes.get(current_store()) if is_store_open() else None
    return None if outbox is None else outbox.status()


def _tell_fault(message: str, error: BaseException) -> None:
    if isinstance(error, (StoreUnavailable, OSError)):
        message = f"what is logged can't be stored now; your code goes on, and it is kept until it can. {message}"
    elif message in _told:
        return
    elif len(_told) < MAX_TOLD:
        _told.add(message)
    notify(message, error)


@atexit.register
def _close_outboxes() -> None:
    for outbox in list(_outboxes.values()):
        outbox.close()
    for uploads in list(_uploads.values()):  # files come after the records of their runs
        uploads.close(MAX_FLUSH_S)
