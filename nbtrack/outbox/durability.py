"""What a log call outlasts, and the order of things that makes it so.

A call that has returned outlasts its process: the system has the bytes. A loss of power takes what the system did not
bring to the disk. That is at most about a second of what was logged, or nothing with ``Durability.FULL``:

- The segment is synced by the thread that delivers, a second after the first byte that is not (or, with ``FULL``, by
  each call before it returns). A segment keeps all that was logged since it was begun, whether it is delivered or not.
- The store is synced *before* the segment. SQLite, with ``synchronous = NORMAL``, does not sync its log at a commit,
  so that a loss of power may take the last transactions, one that made an experiment among them. What a synced segment
  refers to must be there when it is read again.
- After the loss, the store may be **behind** the segment: how far that is delivered stands in the same transaction as
  what was delivered, so the rest is delivered again, once. Or it may be **ahead**, since its log reached the disk and
  the segment's end did not: then everything is in the store, and what the segment still has lies before that place.
- A segment is removed in four steps: the store is synced, so that what was delivered from it can't be lost; the file
  is removed; its folder is synced, so that the file can't come back; only then the store forgets how far the segment
  was delivered. A file that came back after that would be delivered twice.
- A file that has to wait for its place is on the disk when the call that logged it returns: that is rare.
- A segment that was cut off or filled with zeros by the loss has whole frames up to there; each has its checksum.

PostgreSQL syncs at each commit, and a server over HTTP answers for itself: there, syncing the store does nothing.
"""

from __future__ import annotations

from enum import Enum
from pathlib import Path

from nbtrack.errors import StoreUnavailable
from nbtrack.store import Store
from nbtrack.store.syncing import sync_folder

SYNC_INTERVAL_S = 1.0


class Durability(str, Enum):
    NORMAL = "normal"
    """The end of the process at once; a loss of power but for the last second or so."""
    FULL = "full"
    """A loss of power, too: each call waits for the disk, which takes milliseconds."""


def retire_segment(store: Store, file: Path, *, aside: Path | None = None) -> None:
    """Remove a segment that is delivered, or move it ``aside``, so that a loss of power neither loses nor doubles it.

    Raises
    ------
    StoreUnavailable
        It may still be there; that it is delivered is known.
    """
    store.sync()
    try:
        file.unlink(missing_ok=True) if aside is None else file.replace(aside)
    except OSError as error:
        raise StoreUnavailable(f"The file {file} can't be removed: {error.strerror}. Make it writable.") from error
    sync_folder(file.parent)
    store.runs.forget_segment(file.stem)
