"""Points that clients log, taken as every process of nbtrack takes them: into an outbox first.

A transaction for each request is what a server of metrics would spend its time on. Here the answer waits for the
outbox's file, and many requests are stored together in the background. What was taken survives the death of the server,
and a database that is locked or away stops nobody's training.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict

from nbtrack.entities import Batch
from nbtrack.errors import StoreUnavailable
from nbtrack.limits import check_batch
from nbtrack.outbox import Outbox
from nbtrack.store import Store

MAX_FLUSH_S = 10.0
"""How long a reader waits for what was logged."""
MAX_KNOWN_RUNS = 10_000
BUSY_BYTES = 8 * 1024 * 1024
"""Clients that log faster than the store takes it wait, once so much waits for it."""
MAX_BACKLOG_BYTES = 1024 * 1024 * 1024
_LOG = logging.getLogger(__name__)


class Intake:
    """Takes points for stores; of one process that alone answers clients, since it alone knows what waits."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._store: Store | None = None
        self._outbox: Outbox | None = None
        # Runs that were there when they were last logged to: while the store is away, that has to do.
        self._known: OrderedDict[str, None] = OrderedDict()

    def log(self, store: Store, run_id: str, batch: Batch) -> None:
        """Take a batch, all of it or nothing; `settle` returns when it can be read.

        Raises
        ------
        RunNotFound, InvalidState
            There is no such run, or it is deleted.
        InvalidInput
            Something in it can't be kept.
        StoreUnavailable
            Too much waits already for a store that is away.
        """
        if batch != Batch(metrics=batch.metrics):
            store.runs.log(run_id, batch)
            return
        check_batch(batch)
        outbox = self._outbox_of(store)
        status = outbox.status()
        self._check_run(store, run_id, is_away=status.fault is not None)
        if status.unwritten_bytes:
            store.runs.log(run_id, batch)  # the outbox has only memory now, which is no promise
            return
        if status.backlog_bytes > MAX_BACKLOG_BYTES:
            raise StoreUnavailable(f"{status.backlog_bytes:,} bytes wait for the store already. {status.fault or ''}")
        if status.backlog_bytes > BUSY_BYTES:
            outbox.flush(MAX_FLUSH_S, is_patient=False)
        outbox.append(run_id, batch)

    def settle(self) -> None:
        """Return when all that was taken before can be read, or can't be stored now."""
        outbox = self._outbox
        if outbox is not None:
            outbox.flush(MAX_FLUSH_S, is_patient=False)

    def close(self) -> None:
        """Store what can be stored; the rest stays in the outbox for whoever opens the store next."""
        with self._lock:
            if self._outbox is not None:
                self._outbox.close()
            self._store = self._outbox = None

    def _outbox_of(self, store: Store) -> Outbox:
        with self._lock:
            if self._outbox is None or self._store is not store:
                if self._outbox is not None:
                    self._outbox.close()  # the store was closed and opened again
                self._store, self._outbox = store, Outbox(store, on_fault=_tell)
                self._known.clear()
            return self._outbox

    def _check_run(self, store: Store, run_id: str, *, is_away: bool) -> None:
        is_known = run_id in self._known
        if is_away and is_known:
            return
        try:
            store.runs.check_open(run_id)
        except StoreUnavailable:
            if not is_known:
                raise
        with self._lock:
            self._known[run_id] = None
            self._known.move_to_end(run_id)
            if len(self._known) > MAX_KNOWN_RUNS:
                self._known.popitem(last=False)


def _tell(message: str, error: BaseException) -> None:
    _LOG.warning("%s", message, exc_info=None if isinstance(error, StoreUnavailable) else error)
