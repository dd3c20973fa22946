"""The process's open store and chosen experiment: what every function of the fluent API starts from."""

from __future__ import annotations

import atexit
import math
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path

from nbtrack.entities import Experiment
from nbtrack.errors import AlreadyExists, ExperimentNotFound, StoreUnavailable
from nbtrack.settings import EXPERIMENT_VARIABLE, discover_tracking_uri
from nbtrack.store import DEFAULT_EXPERIMENT_ID, Store, interrupt_runs_of_dead, open_store
from nbtrack.tracking import assumed
from nbtrack.tracking.notices import notify

RETRY_S = 10.0

_lock = threading.RLock()
_stores: dict[str, Store] = {}
# Stores that are to be taken over, and when that is tried again.
_take_over_at: dict[Store, float] = {}
# Run id -> tracking URI of the store that it was made in. A run stays there, whatever store is chosen later.
_homes: dict[str, str] = {}
# The store of a client, while one of its methods runs.
_uri_of_client: ContextVar[str | None] = ContextVar("nbtrack_uri_of_client", default=None)
_chosen_uri: str | None = None
_chosen_experiment_id: str | None = None


def set_tracking_uri(uri: str | Path | None) -> None:
    """Choose the store of this process, as ``open_store`` takes it. None goes back to discovering it.

    The store is opened, and made, when it is first needed.
    """
    global _chosen_uri, _chosen_experiment_id
    with _lock:
        _chosen_uri = None if uri is None else _lasting(str(uri))
        # Ids belong to a store.
        _chosen_experiment_id = None


def get_tracking_uri() -> str:
    """Return the place of the store that is open, or would be opened next."""
    return _uri_of_client.get() or _chosen_uri or _lasting(discover_tracking_uri())


@contextmanager
def within_store(uri: str | None) -> Iterator[None]:
    """Let another store be the open one inside; None leaves it as it is."""
    token = _uri_of_client.set(None if uri is None else _lasting(uri))
    try:
        yield
    finally:
        _uri_of_client.reset(token)


def _lasting(uri: str) -> str:
    """Return ``uri`` so that it means the same place after the working folder changed."""
    return uri if ":" in uri.partition("/")[0] else str(Path(uri).expanduser().absolute())


def is_tracking_uri_set() -> bool:
    return _chosen_uri is not None


def current_store() -> Store:
    """Return the open store, opening it if need be."""
    global _chosen_experiment_id
    uri = get_tracking_uri()
    with _lock:
        known = _stores.get(uri)
        if known is not None and not known.is_there():
            # Somebody deleted the folder to start afresh.
            _stores.pop(uri).close()
            _chosen_experiment_id = None
        return _store_at(uri)


def is_store_open() -> bool:
    """Tell whether the store that is meant has been opened; asking opens none."""
    return get_tracking_uri() in _stores


def remember_home(run_id: str) -> None:
    """Bind a run to the store that is open now."""
    _homes[run_id] = get_tracking_uri()


def is_home_known(run_id: str) -> bool:
    """Tell whether this process made the run, or opened it."""
    return run_id in _homes


def store_of(run_id: str) -> Store:
    """Return the store that a run of this process was made in; for any other run, the one that is open."""
    return _store_at(_uri_of_client.get() or _homes.get(run_id) or get_tracking_uri())


def _store_at(uri: str) -> Store:
    with _lock:
        store = _stores.get(uri)
        if store is None:
            store = _stores[uri] = open_store(uri)
            _take_over_at[store] = 0.0
        if time.monotonic() >= _take_over_at.get(store, math.inf):
            _try_to_take_over(store)
        return store


def _try_to_take_over(store: Store) -> None:
    """Take a store over; one that is away is tried again later, and who logs or reads hears of it from that."""
    try:
        take_over(store)
    except StoreUnavailable:
        _take_over_at[store] = time.monotonic() + RETRY_S
    else:
        del _take_over_at[store]


def take_over(store: Store) -> None:
    """Store what processes left that are gone, and end the runs that they did not end; their files follow."""
    from nbtrack.outbox import recover
    from nbtrack.tracking import outboxes

    recover(store, notify)
    interrupt_runs_of_dead(store)
    outboxes.uploads_of(store).awake()


def set_experiment(experiment_name: str | None = None, experiment_id: str | None = None) -> Experiment:
    """Choose the experiment that new runs belong to, by name (made if there is none) or by id."""
    global _chosen_experiment_id
    store = current_store()
    if experiment_id is not None:
        experiment = store.experiments.get(experiment_id)
    elif experiment_name is not None:
        experiment = find_or_create_experiment(experiment_name)
    else:
        raise TypeError("set_experiment() needs a name or an experiment_id.")
    _chosen_experiment_id = experiment.experiment_id
    return experiment


def find_or_create_experiment(name: str) -> Experiment:
    """Return the active experiment of this name; two processes that make it at once get the same one.

    While the store is away it is assumed, and settled when runs of it arrive.
    """
    store = current_store()
    known = assumed.recent(store.uri, name)
    if known is not None:
        return known
    try:
        return _found_or_created(store, name)
    except StoreUnavailable as fault:
        return assumed.assume(store.uri, name, fault)


def _found_or_created(store: Store, name: str) -> Experiment:
    found = store.experiments.find(name)
    if found is not None:
        return found
    try:
        return store.experiments.create(name, tags={})
    except AlreadyExists:
        made_meanwhile = store.experiments.find(name)
        if made_meanwhile is None:
            raise
        return made_meanwhile


def current_experiment_id() -> str:
    """Return the id of the experiment that new runs belong to."""
    current_store()  # ids belong to the store that is there now
    if _chosen_experiment_id is not None:
        return _settled(_chosen_experiment_id)
    from_environment = os.environ.get(EXPERIMENT_VARIABLE)
    if from_environment:
        return find_or_create_experiment(from_environment).experiment_id
    return DEFAULT_EXPERIMENT_ID


def _settled(experiment_id: str) -> str:
    """Return the id that an experiment has in the store, once an assumed one is known there."""
    global _chosen_experiment_id
    name = assumed.name_of(experiment_id)
    if name is None:
        return experiment_id
    with suppress(AlreadyExists):  # a deleted one holds the name; who delivers the runs tells what that means
        _chosen_experiment_id = experiment_id = find_or_create_experiment(name).experiment_id
    return experiment_id


def experiment_named(name: str) -> Experiment:
    """Return the active experiment of this name, or raise ExperimentNotFound."""
    found = current_store().experiments.find(name)
    if found is None:
        raise ExperimentNotFound(name, current_store().uri)
    return found


@atexit.register
def _close_stores() -> None:
    for store in _stores.values():
        store.close()
    _stores.clear()


def _after_fork_in_child() -> None:
    global _lock
    # Another thread of the parent may have held it, and is not here to give it back.
    _lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
