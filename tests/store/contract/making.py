"""Runs and points for the contract's tests."""

from __future__ import annotations

import uuid

from nbtrack.entities import Metric, NewRun
from nbtrack.store import Store

AWKWARD_TEXTS = [
    "emoji 🦌",
    "quote ' and \" and `",
    "line\nbreak",
    "a/b/c",
    "percent % _",
    "ünïcode",
    "  spaces  ",
    "x" * 250,
]


def new_run(store: Store, experiment_id: str = "0", *, name: str = "run", at_ms: int = 1000, **options) -> str:
    run_id = uuid.uuid4().hex
    store.runs.create([NewRun(run_id, name, experiment_id, at_ms, **options)])
    return run_id


def metric(key: str, value: float, *, step: int = 0, at_ms: int = 1) -> Metric:
    return Metric(key, value, at_ms, step)
