"""Runs and experiments by what people call them: an id, the beginning of one, a name."""

from __future__ import annotations

from collections.abc import Sequence

from nbtrack.entities import Experiment, Lifecycle, Run
from nbtrack.errors import ExperimentNotFound, InvalidInput, RunNotFound
from nbtrack.store import RunQuery, Store
from nbtrack.store.filters import quoted

SHORT_ID = 8
"""Characters of a run id in tables; as a rule they name one run of a store."""
MIN_PREFIX = 4
MAX_NAMED = 5


def find_run(store: Store, wanted: str, *, lifecycle: Lifecycle | None = None) -> Run:
    """Return the run of this id, this name, or the only one whose id begins so.

    Without a ``lifecycle`` a deleted run is found where no active one is.

    Raises
    ------
    RunNotFound
        There is none.
    InvalidInput
        There are several; the message lists them.
    """
    try:
        run = store.runs.get(wanted)
    except RunNotFound:
        pass
    else:
        if lifecycle in (None, run.info.lifecycle_stage):
            return run
    stages = [lifecycle] if lifecycle is not None else [Lifecycle.ACTIVE, Lifecycle.DELETED]
    for stage in stages:
        found = _named(store, wanted, stage) or _beginning_with(store, wanted, stage)
        if len(found) > 1:
            raise InvalidInput(f"Several runs are meant by {wanted!r}; name one by its id: {_listed(found)}.")
        if found:
            return found[0]
    raise RunNotFound(wanted, store.uri)


def find_experiment(store: Store, wanted: str, *, lifecycle: Lifecycle | None = None) -> Experiment:
    """Return the experiment of this name or id; an active one before a deleted one.

    Raises
    ------
    ExperimentNotFound
        There is none.
    InvalidInput
        Several deleted ones had this name; the message lists them.
    """
    stage = None if lifecycle is None else lifecycle.value
    named = [found for found in store.experiments.list(lifecycle=stage) if found.name == wanted]
    active = [found for found in named if found.lifecycle_stage is Lifecycle.ACTIVE]
    candidates = active or named
    if len(candidates) > 1:
        ids = ", ".join(found.experiment_id for found in candidates[:MAX_NAMED])
        raise InvalidInput(f"Several experiments were called {wanted!r}; name one by its id: {ids}.")
    if candidates:
        return candidates[0]
    experiment = store.experiments.get(wanted)
    if lifecycle not in (None, experiment.lifecycle_stage):
        raise ExperimentNotFound(wanted, store.uri)
    return experiment


def _named(store: Store, name: str, stage: Lifecycle) -> Sequence[Run]:
    return _search(store, f"run_name = {quoted(name)}", stage)


def _beginning_with(store: Store, prefix: str, stage: Lifecycle) -> Sequence[Run]:
    if len(prefix) < MIN_PREFIX or not prefix.isalnum():
        return []
    return _search(store, f"run_id LIKE {quoted(prefix + '%')}", stage)


def _search(store: Store, text: str, stage: Lifecycle) -> Sequence[Run]:
    return store.runs.search(RunQuery(filter=text, lifecycle=stage.value, max_results=MAX_NAMED)).runs


def _listed(found: Sequence[Run]) -> str:
    return ", ".join(f"{run.info.run_id[:SHORT_ID]} ({run.info.run_name})" for run in found)
