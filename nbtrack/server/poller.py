"""One thread that watches the store, stores what dead kernels left, and ends their runs."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from nbtrack.errors import NbtrackError
from nbtrack.outbox import recover
from nbtrack.server.services import SharedStore
from nbtrack.store import Store, interrupt_runs_of_dead

INTERVAL_S = 0.1
FAULT_INTERVAL_S = 1.0
REAP_INTERVAL_S = 5.0


class StorePoller:
    """Calls ``on_change(seq)``, in its thread, whenever the store's change counter moved."""

    def __init__(self, shared_store: SharedStore, *, on_change: Callable[[int], None], log: logging.Logger) -> None:
        self._shared_store, self._on_change, self._log = shared_store, on_change, log
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="nbtrack-poller", daemon=True)
        self._looked_at: tuple[Store, int] | None = None
        self._seq: int | None = None
        self._reaped_at = 0.0
        self._fault = ""

    def start(self) -> None:
        """Start watching."""
        self._thread.start()

    def close(self) -> None:
        """Stop watching and wait until the thread is through."""
        self._ended.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(FAULT_INTERVAL_S if self._fault else INTERVAL_S):
            if not self._shared_store.is_there:
                self._shared_store.close()  # its folder was deleted: what comes next is another store
                continue
            try:
                self._look()
                self._fault = ""
            except NbtrackError as error:
                self._report(str(error))
            except Exception as error:  # noqa: BLE001 - a watcher that died would leave every browser stale
                self._report(repr(error))

    def _report(self, fault: str) -> None:
        if fault != self._fault:  # one that lasts is said once
            self._log.warning("nbtrack can't watch the store: %s", fault)
        self._fault = fault

    def _tell_loss(self, message: str, _: Exception) -> None:
        self._log.warning("nbtrack: %s", message)

    def _look(self) -> None:
        store = self._shared_store.get()
        if time.monotonic() - self._reaped_at > REAP_INTERVAL_S:
            self._reaped_at = time.monotonic()
            recover(store, self._tell_loss)
            interrupt_runs_of_dead(store)
        looked_at = (store, store.change_token())
        if looked_at == self._looked_at:
            return
        is_other_store = self._looked_at is None or self._looked_at[0] is not store
        seq = store.seq()
        if is_other_store or seq != self._seq:
            self._seq = seq
            self._on_change(seq)
        self._looked_at = looked_at
