"""Experiments that were named while the store was away.

They have an id in this process, and their runs carry the name, by which the store finds or makes the experiment.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from nbtrack.clock import now_ms
from nbtrack.entities import Experiment, Lifecycle
from nbtrack.errors import StoreUnavailable
from nbtrack.limits import check_name
from nbtrack.store import new_experiment_id
from nbtrack.tracking.notices import notify

ASK_AGAIN_S = 10.0


@dataclass
class _Assumed:
    experiment: Experiment
    asked_at: float


# By the store's URI and the name.
_assumed: dict[tuple[str, str], _Assumed] = {}
_names: dict[str, str] = {}


def recent(uri: str, name: str) -> Experiment | None:
    """Return an experiment whose store was just asked for it, and was away."""
    known = _assumed.get((uri, name))
    if known is None or time.monotonic() - known.asked_at > ASK_AGAIN_S:
        return None
    return known.experiment


def assume(uri: str, name: str, fault: StoreUnavailable) -> Experiment:
    """Return the experiment of this name, of which nothing more is known.

    Raises
    ------
    InvalidName
        No experiment can be called so.
    """
    known = _assumed.get((uri, name))
    if known is None:
        now = now_ms()
        made = Experiment(new_experiment_id(), check_name(name, "experiment"), Lifecycle.ACTIVE, now, now)
        known = _assumed[uri, name] = _Assumed(made, 0.0)
        _names[made.experiment_id] = name
        notify(f"the store is away; runs belong to its experiment {name!r}, which is made if need be. {fault}", fault)
    known.asked_at = time.monotonic()
    return known.experiment


def name_of(experiment_id: str) -> str | None:
    """Return the name of an experiment that was assumed; None for any other."""
    return _names.get(experiment_id)
