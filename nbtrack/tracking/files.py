"""Files of runs: stored at once, or, while their place is away, kept on this machine until they can be."""

from __future__ import annotations

import tempfile
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooLate
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from nbtrack.entities import Batch, StoredFile
from nbtrack.errors import InvalidPath, StoreUnavailable
from nbtrack.outbox import SpoolFull, to_be_recorded
from nbtrack.store import Store
from nbtrack.store.artifacts.recent import Recent
from nbtrack.tracking import log, outboxes
from nbtrack.tracking.notices import notify
from nbtrack.tracking.workspace import store_of

MAX_ANSWER_S = 3.0
"""How long a place may take to answer, once: what follows is kept here until it does."""
ANSWER_LASTS_S = 1.0

# Which kinds of fault of a store were told since files began to wait there.
_told: weakref.WeakKeyDictionary[Store, set[type[StoreUnavailable]]] = weakref.WeakKeyDictionary()
# When the place of a run's files last answered.
_answered_at: Recent[str, float] = Recent()


class FileKeeper(Protocol):
    """What takes files: their place, or what keeps them until they can be brought there."""

    def put_bytes(self, owner_id: str, path: str, content: bytes) -> StoredFile: ...
    def put_file(self, owner_id: str, path: str, source: Path) -> StoredFile: ...
    def put_folder(self, owner_id: str, path: str, source: Path, *, is_whole: bool = False) -> Sequence[StoredFile]: ...


def keep(run_id: str, put: Callable[[FileKeeper], Sequence[StoredFile]]) -> None:
    """Have files of a run stored by ``put``, and recorded of it, so that it is noticed if they change.

    While their place is away they wait on this machine, behind those that wait already. Faults are told, not raised.

    Raises
    ------
    InvalidPath
        The caller's mistake.
    """
    store = store_of(run_id)
    fault = _why_not_now(store, run_id)
    if fault is None:
        try:
            stored = put(store.artifacts)
        except StoreUnavailable as error:
            fault = error
        else:
            _record(run_id, stored)
            return
    with log.absorbing_faults(run_id):
        _keep_here(store, put, fault)


@contextmanager
def arriving(run_id: str, path: str) -> Iterator[Path]:
    """Give a place for a folder, which isn't there yet; at the end it is kept, in place of what was at ``path``."""
    store = store_of(run_id)
    if store.artifacts.is_at_hand(run_id) and not is_waiting(store):
        with store.artifacts.arriving(run_id, path) as arrival:
            yield arrival.folder  # which is where it stays
        _record(run_id, arrival.files)
        return
    if not path:
        raise InvalidPath("An artifact needs a path.")
    with tempfile.TemporaryDirectory(prefix="nbtrack-") as temporary:
        folder = Path(temporary, "folder")
        yield folder
        keep(run_id, lambda keeper: keeper.put_folder(run_id, path, folder, is_whole=True))


def is_waiting(store: Store) -> bool:
    """Tell whether files wait to be brought to their place."""
    return bool(outboxes.uploads_of(store).spool.waiting())


def _record(run_id: str, stored: Sequence[StoredFile]) -> None:
    log.append(run_id, Batch(files=tuple(to_be_recorded(stored))))


def _why_not_now(store: Store, run_id: str) -> StoreUnavailable | None:
    """Return why files can't be stored now, as far as that shows; nobody waits for a place that is known to be away."""
    if is_waiting(store):
        return StoreUnavailable(outboxes.uploads_of(store).status().fault or "Others wait already.")
    _told.pop(store, None)
    if store.artifacts.is_at_hand(run_id):
        return None
    fault = outboxes.outbox_of(store).status().fault
    if fault is not None:
        return StoreUnavailable(fault)
    answered_at = _answered_at.get(run_id)
    if answered_at is not None and time.monotonic() - answered_at < ANSWER_LASTS_S:
        return None
    try:
        _ask(store, run_id)
    except StoreUnavailable as error:
        return error
    _answered_at.put(run_id, time.monotonic())
    return None


def _ask(store: Store, run_id: str) -> None:
    """Return once the place of a run's files has answered.

    Raises
    ------
    StoreUnavailable
        It does not, or not in time: what reaches it may try for minutes.
    """
    answer: Future[None] = Future()

    def ask() -> None:
        try:
            store.artifacts.ask(run_id)
        except BaseException as error:  # noqa: BLE001 it is raised below
            answer.set_exception(error)
        else:
            answer.set_result(None)

    store.artifacts.prepare(run_id)  # an SDK may take a second to import, which says nothing of the place
    threading.Thread(target=ask, name="nbtrack-asking", daemon=True).start()
    try:
        answer.result(MAX_ANSWER_S)
    except TooLate:
        raise StoreUnavailable(f"The place of the files of run {run_id} does not answer in time.") from None


def _keep_here(store: Store, put: Callable[[FileKeeper], Sequence[StoredFile]], fault: StoreUnavailable) -> None:
    uploads = outboxes.uploads_of(store)
    try:
        put(uploads.spool)
    except SpoolFull as full:
        _tell_once(store, f"files that are logged are lost, until some of those that wait have arrived. {full}", full)
    else:
        _tell_once(
            store,
            "files that are logged can't be stored now; your code goes on, and they are kept on this machine until "
            f"they can. {fault}",
            fault,
        )
    uploads.awake()


def _tell_once(store: Store, message: str, error: StoreUnavailable) -> None:
    kind = SpoolFull if isinstance(error, SpoolFull) else StoreUnavailable
    told = _told.setdefault(store, set())
    if kind not in told:
        told.add(kind)
        notify(message, error)
