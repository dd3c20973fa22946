"""Which metrics a table of runs has room for."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterable, Sequence

from nbtrack.entities.metric import SYSTEM_METRICS

SAMPLE = 200
"""Of so many runs, the first ones of the table, metrics are counted."""
_HELD_OUT = re.compile(r"(^|[^a-z])(test|val|valid|validation|eval|best|cv)([^a-z]|$)", re.IGNORECASE)
_TRAINING = re.compile(r"^train(ing)?_", re.IGNORECASE)
_BESIDE = re.compile(r"_time$|^(std|rank)_|_count$", re.IGNORECASE)
_ANOTHER = 0.2
"""What a second metric of a run is worth, where the first that tells of a run is worth 1."""


def metric_columns(rows: Iterable[Collection[str]], most: int, *, wanted: Sequence[str] = ()) -> list[str]:
    """Choose the metrics that tell most of these runs, so that few rows stay empty; as ``usualMetrics`` in TypeScript.

    Parameters
    ----------
    rows
        The keys of each run's metrics, in the table's order.
    wanted
        Metrics that were asked for; they come first.
    """
    sample = list(itertools.islice(rows, SAMPLE))
    chosen = [key for key in dict.fromkeys(wanted) if any(key in row for row in sample)][:most]
    worth = {key: _weight(key) for row in sample for key in row if not key.startswith(SYSTEM_METRICS)}
    while len(chosen) < most:
        gains = dict.fromkeys(worth.keys() - set(chosen), 0.0)
        for row in sample:
            factor = _ANOTHER if any(key in row for key in chosen) else 1.0
            for key in row:
                if key in gains:
                    gains[key] += factor * worth[key]
        if not gains:
            break
        chosen.append(min(gains, key=lambda key: (-gains[key], key)))
    return chosen


def _weight(key: str) -> float:
    """Tell how much a metric says: held-out scores most, what a model learned from little, what lies beside least."""
    if _BESIDE.search(key):
        return 0.1
    if _TRAINING.search(key):
        return 0.3
    return 3.0 if _HELD_OUT.search(key) else 1.0
