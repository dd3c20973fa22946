"""What this process knows of runs, so that mistakes are told at once: that a run is there, and its params."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress

from nbtrack.entities import Batch, Lifecycle
from nbtrack.errors import ParamConflict, StoreUnavailable
from nbtrack.limits import check_batch
from nbtrack.outbox import Outbox
from nbtrack.tracking.outboxes import outbox_of
from nbtrack.tracking.workspace import store_of

MAX_KNOWN_RUNS = 10_000


class KnownRun:
    """A run, as far as it is known, and the outbox through which it is logged to."""

    def __init__(self, run_id: str, outbox: Outbox, params: Mapping[str, str]) -> None:
        self.run_id, self.outbox = run_id, outbox
        self._params = dict(params)

    def append(self, batch: Batch) -> None:
        """Check a batch and have it stored.

        Raises
        ------
        ParamConflict, InvalidName
            It is refused, all of it.
        """
        check_batch(batch)
        for key, value in batch.params.items():
            if self._params.get(key, value) != value:
                raise ParamConflict(key, self._params[key], value, self.run_id)
        self.outbox.append(self.run_id, batch)
        self._params.update(batch.params)


_known: OrderedDict[str, KnownRun] = OrderedDict()

remembered = _known.get
"""Return what is known of a run already, if anything; the call that is made for each point takes it from here."""


def known_run(run_id: str) -> KnownRun:
    """Return what is known of a run, asking the store about one that this process did not make.

    Raises
    ------
    RunNotFound
        There is no such run.
    InvalidState
        It is deleted.
    """
    return remembered(run_id) or _asked(run_id)


def remember(run_id: str, params: Mapping[str, str]) -> None:
    """Note a run that this process has just made or opened, with its params."""
    _remember(KnownRun(run_id, outbox_of(store_of(run_id)), params))


def _remember(run: KnownRun) -> KnownRun:
    _known[run.run_id] = run
    while len(_known) > MAX_KNOWN_RUNS:
        with suppress(KeyError):  # another thread was faster
            _known.popitem(last=False)  # the store will tell of it again
    return run


def _asked(run_id: str) -> KnownRun:
    store = store_of(run_id)
    try:
        run = store.runs.get(run_id)
        if run.info.lifecycle_stage is Lifecycle.DELETED:
            store.runs.check_open(run_id)  # raises
    except StoreUnavailable:
        return KnownRun(run_id, outbox_of(store), {})  # the store is away: what is wrong will be told when it is back
    return _remember(KnownRun(run_id, outbox_of(store), run.data.params))
