from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

_LOWER_IS_BETTER = re.compile(
    r"(^|_)(loss|error|err|mae|mse|rmse|mape|msle|perplexity|distance|inertia|deviance|hamming)(_|$)",
    re.IGNORECASE,
)

SYSTEM_METRICS = "system/"
"""How the keys of what is measured of the machine begin."""


def is_lower_better(key: str) -> bool:
    """Tell by its name whether a metric improves downwards: losses, errors and distances do."""
    return _LOWER_IS_BETTER.search(key) is not None


def telling_metrics(metrics: Mapping[str, float], most: int) -> dict[str, float]:
    """Return the few metrics that say most of a run: those of other data than the training's, scores before losses.

    What was measured of the machine says nothing of the run's result.
    """
    ranked = sorted(metrics, key=lambda key: (key.startswith("training_"), is_lower_better(key)))
    chosen = [key for key in ranked if not key.startswith(SYSTEM_METRICS)]
    return {key: metrics[key] for key in chosen[:most]}


class Metric(NamedTuple):
    """One point of a metric's history; ``timestamp`` in milliseconds since the epoch.

    A tuple, since a history has a million of them.
    """

    key: str
    value: float
    timestamp: int
    step: int = 0


@dataclass(frozen=True, slots=True)
class MetricSummary:
    """A metric's history in one row. The last value is by step, then by time.

    ``min`` and ``max`` leave NaN out and are NaN where nothing else was logged.
    """

    key: str
    first: float
    last: float
    last_step: int
    last_timestamp: int
    min: float
    max: float
    min_step: int
    max_step: int
    count: int

    @property
    def best_step(self) -> int:
        return self.min_step if is_lower_better(self.key) else self.max_step


@dataclass(frozen=True)
class MetricHistory:
    """Points of one metric by step, then time, then order of logging.

    ``total`` counts the points of those steps in the store; it is more than ``len(points)`` when the history was
    downsampled.
    """

    key: str
    points: tuple[Metric, ...]
    total: int
