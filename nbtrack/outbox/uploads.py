"""Bringing files that had to wait to their place, each run's in their order, from a thread of its own.

Records do not wait for files, nor files of one run for those of another, whose place may be away alone.
"""

from __future__ import annotations

import logging
import os
import threading
import time
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from nbtrack.entities import Batch, StoredFile
from nbtrack.errors import InvalidState, NbtrackError, RunNotFound, ServerFailed, StoreUnavailable
from nbtrack.outbox.backlog import backlog_of
from nbtrack.outbox.delivery import OnLoss
from nbtrack.outbox.spool import Entry, Spool, Waiting, content_of, read_entry
from nbtrack.store import Store
from nbtrack.store.diagnosis import Finding
from nbtrack.store.leftovers import partial_files
from nbtrack.store.patience import Patience

PAUSE_S, MAX_PAUSE_S = 1.0, 30.0
"""Between tries; the longer, the more of them were in vain, for each may send much."""
_logger = logging.getLogger("nbtrack")
_UPLOADS: weakref.WeakSet[Uploads] = weakref.WeakSet()


@dataclass(frozen=True)
class UploadStatus:
    """What waits, and why."""

    waiting: Waiting
    fault: str | None


class Uploads:
    """The files of one store that wait in ``spool``, brought to their place in the background.

    Parameters
    ----------
    on_loss
        Told of what is refused there.
    """

    def __init__(self, store: Store, *, on_loss: OnLoss) -> None:
        self._store, self._on_loss = store, on_loss
        self.spool = Spool(store.outbox)
        self._reset()
        _UPLOADS.add(self)

    def _reset(self) -> None:
        self._lock = threading.Lock()
        self._progress = threading.Condition()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._fault: str | None = None
        self._patience = Patience()
        self._is_closing = False
        self._rounds = 0
        # The round that somebody waited for in vain.
        self._stalled_in = -1

    def awake(self) -> None:
        """Begin to bring what waits to its place, if there is something, or try again at once."""
        with self._lock:
            if self._thread is None and self.spool.waiting():
                self._thread = threading.Thread(target=self._run, name="nbtrack-uploads", daemon=True)
                self._thread.start()
        self._wake.set()

    def flush(self, timeout_s: float) -> bool:
        """Return when what waits has arrived, or can't now; tell which. What one waited for in vain, others don't."""
        rounds = self._rounds
        if not self.spool.waiting() or self._stalled_in == rounds:
            return not self.spool.waiting()
        self.awake()
        with self._progress:
            # The round that goes on now may have begun before the last file came; the one after it has not.
            self._progress.wait_for(lambda: self._rounds >= rounds + 2 or not self.spool.waiting(), timeout_s)
        is_empty = not self.spool.waiting()
        if not is_empty:
            self._stalled_in = self._rounds
        return is_empty

    def status(self) -> UploadStatus:
        return UploadStatus(self.spool.size(), self._fault)

    def close(self, timeout_s: float) -> None:
        """Bring to its place what can be in that time, and end. The rest stays, for whoever opens the store."""
        if self._fault is None:
            self.flush(timeout_s)
        self._is_closing = True
        self._wake.set()

    def after_fork_in_child(self) -> None:
        """Begin anew: the thread is the parent's."""
        self.spool.after_fork_in_child()
        self._reset()

    def _run(self) -> None:
        pause_s = PAUSE_S
        while self._goes_on():
            self._wake.clear()
            pause_s = PAUSE_S if self._has_moved() else min(2 * pause_s, MAX_PAUSE_S)
            with self._progress:
                self._rounds += 1
                self._progress.notify_all()
            if self.spool.waiting():
                self._wake.wait(pause_s)

    def _goes_on(self) -> bool:
        """Tell whether there is more to do; if not, the thread ends, and what comes later begins another one."""
        with self._lock:
            waits = bool(self.spool.waiting())
            if not waits:
                self._fault = None
            goes_on = waits and self._store.is_there() and not self._is_closing
            if not goes_on:
                self._thread = None
            return goes_on

    def _has_moved(self) -> bool:
        """Try to bring everything to its place; tell whether something arrived."""
        before = len(self.spool.waiting())
        try:
            upload_waiting(self._store, self.spool, self._on_loss, self._patience)
        except StoreUnavailable as error:
            self._fault = str(error)
        except Exception as error:  # a failure of our own: what waits is still here
            _logger.debug("Files could not be brought to their place", exc_info=error)
            self._fault = f"{type(error).__name__}: {error}"
        else:
            self._fault = None
        return len(self.spool.waiting()) < before


def upload_waiting(store: Store, spool: Spool, on_loss: OnLoss, patience: Patience) -> None:
    """Bring what waits to its place, unless another process does; what is refused there, or fails often, is put aside.

    Raises
    ------
    StoreUnavailable
        Some of it is still here.
    """
    if not spool.waiting():
        return
    fault: StoreUnavailable | None = None
    held_up: set[str] = set()
    with spool.locked() as is_free:
        for place in spool.waiting() if is_free else ():
            entry = read_entry(place)
            if entry is None and place.exists():
                spool.put_aside(place)
                damage = ValueError(f"{place} can't be read.")
                on_loss(f"a file that was logged can't be stored, and is kept in {spool.aside}. {damage}", damage)
            elif entry is not None and entry.run_id not in held_up:
                try:
                    _bring(store, spool, place, entry, on_loss, patience)
                except StoreUnavailable as error:
                    fault = fault or error
                    held_up.add(entry.run_id)
    if fault is not None:
        raise fault


def examine_files(store: Store, on_loss: OnLoss) -> Iterator[Finding]:
    """Find files that are not in their place yet, and those that were refused there; the store need not answer."""
    spool = Spool(store.outbox)

    def bring() -> None:
        spool.put_back()
        upload_waiting(store, spool, on_loss, Patience())

    waiting, refused = spool.size(), spool.size_aside()
    if waiting.files:
        yield Finding(
            "files-waiting",
            f"{waiting.files} files ({waiting.size_bytes:,} bytes) wait in {spool.folder} for their place.",
            "`nbtrack doctor --repair` brings them there, as does whoever opens the store next.",
            bring,
        )
    if refused.files:
        yield Finding(
            "files-refused",
            f"{refused.files} files ({refused.size_bytes:,} bytes) were refused, and are kept in {spool.aside}.",
            "`nbtrack doctor --repair` tries them again. Delete them, if you don't want them.",
            bring,
        )
    yield from partial_files(spool.folder, now_s=time.time())


def _bring(store: Store, spool: Spool, place: Path, entry: Entry, on_loss: OnLoss, patience: Patience) -> None:
    try:
        _check_run(store, entry.run_id)
        with _losing(patience, place.name):
            stored = _put(store, place, entry)
        store.runs.log(entry.run_id, Batch(files=tuple(_recorded(entry, stored))))
    except StoreUnavailable:
        raise
    except NbtrackError as refusal:
        spool.put_aside(place)
        on_loss(f"a file of run {entry.run_id} is refused, and kept in {spool.aside}. {refusal}", refusal)
    else:
        spool.remove(place)


@contextmanager
def _losing(patience: Patience, name: str) -> Iterator[None]:
    """Take it for a refusal when a server that is there fails at something again and again."""
    try:
        yield
    except ServerFailed as failure:
        patience.note_failure(name)
        if not patience.is_over(name):
            raise
        raise InvalidState(f"{failure} It did so each time.") from failure


def _check_run(store: Store, run_id: str) -> None:
    """Refuse a run that is not there or deleted, once everything is delivered that could be about it.

    Raises
    ------
    RunNotFound, InvalidState
    StoreUnavailable
        It is on its way.
    """
    try:
        store.runs.check_open(run_id)
    except RunNotFound:
        backlog = backlog_of(store)
        if backlog.living_bytes or backlog.left_bytes:
            raise StoreUnavailable(f"Run {run_id} is on its way to {store.uri}; its files come after it.") from None
        store.runs.check_open(run_id)  # it may have arrived meanwhile


def _put(store: Store, place: Path, entry: Entry) -> Sequence[StoredFile]:
    source = content_of(place) / entry.path
    if entry.form == "file":
        return [store.artifacts.put_file(entry.run_id, entry.path, source)]
    return store.artifacts.put_folder(entry.run_id, entry.path, source, is_whole=entry.form == "whole")


def to_be_recorded(files: Sequence[StoredFile]) -> Sequence[StoredFile]:
    """Leave out the signatures of models: each vouches for itself, and is written anew by whoever signs again."""
    if not any("/." in f"/{file.path}" for file in files):
        return files
    from nbtrack.models import SIGNATURE  # takes its time to import

    return [file for file in files if PurePosixPath(file.path).name != SIGNATURE]


def _recorded(entry: Entry, stored: Sequence[StoredFile]) -> Sequence[StoredFile]:
    """Return what is to be recorded: what the files were when they were logged."""
    logged = {file.path: file for file in entry.files}
    known = [replace(logged[file.path], stored_at_ms=file.stored_at_ms) for file in stored if file.path in logged]
    return to_be_recorded(known)


def _after_fork_in_child() -> None:
    for uploads in list(_UPLOADS):
        uploads.after_fork_in_child()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
