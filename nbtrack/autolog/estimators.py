"""Estimators with scikit-learn's interface whose package is listened to by itself: boosters, mostly."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from nbtrack.autolog.observation import Fit
from nbtrack.autolog.patching import Function, Wrap
from nbtrack.autolog.sklearn import description
from nbtrack.autolog.sklearn.calls import arguments_of
from nbtrack.autolog.training import Training, training
from nbtrack.autolog.variables import named
from nbtrack.clock import now_ms

Describe = Callable[[Training, Any], None]
"""Writes down what only this framework knows of a fitted model."""


def metric_key(data: str, metric: str) -> str:
    """Return the key of a metric that was evaluated on some data, as MLflow spells it: its servers take no ``@``."""
    return f"{data}-{metric}".replace("@", "_at_")


def by_key(values: Mapping[str, Mapping[str, Any]], prefix: str = "") -> dict[str, Any]:
    """Flatten what boosters keep by data and metric."""
    return {
        f"{prefix}{metric_key(data, metric)}": value
        for data, by_metric in values.items()
        for metric, value in by_metric.items()
    }


def listening_fit(framework: str, describe: Describe) -> Wrap:
    """Return what wraps ``fit``, so that a training is written down while it goes on."""

    def wrap(function: Function) -> Function:
        # By the name that the original has: decorators of some frameworks hand everything on by name.
        def fit(self: Any, *args: Any, **options: Any) -> Any:
            __tracebackhide__ = True
            return _call_fit(framework, describe, function, self, args, options)

        return fit

    return wrap


def _call_fit(
    framework: str,
    describe: Describe,
    function: Function,
    estimator: Any,
    args: tuple[Any, ...],
    options: dict[str, Any],
) -> Any:
    __tracebackhide__ = True
    with training(framework, type(estimator).__name__, lambda: description.params_of(estimator)) as found:
        started_at_ms, start = now_ms(), time.perf_counter()
        result = function(estimator, *args, **options)
        if found is not None:
            seconds = time.perf_counter() - start
            given = arguments_of(function, estimator, args, options)
            if "X" in given:
                X, y = named(given["X"]), None if given.get("y") is None else named(given["y"])
                weight = given.get("sample_weight")
                found.fitted(Fit(estimator, X, y, started_at_ms, seconds, weight))
            found.record(describe, found, estimator)
    return result
