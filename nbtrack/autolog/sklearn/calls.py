"""Calls of scikit-learn that are listened to.

The wrappers below close over the wrapped function only, and do their work in functions of this module: a class that
is defined in a notebook travels to worker processes by value, with its methods, and what they close over.
"""

from __future__ import annotations

import functools
import inspect
import time
from collections.abc import Callable
from typing import Any

from nbtrack.autolog.observation import CrossValidation, Fit, NamedData, Score, is_outermost, report, within
from nbtrack.autolog.patching import Function
from nbtrack.autolog.predictions import Predictions
from nbtrack.autolog.variables import named

_predictions = Predictions()


def listening_fit(function: Function) -> Function:
    def fit(estimator: Any, *args: Any, **options: Any) -> Any:
        return call_fit(function, estimator, args, options)

    return fit


def listening_prediction(function: Function) -> Function:
    def predict(estimator: Any, *args: Any, **options: Any) -> Any:
        return call_prediction(function, estimator, args, options)

    return predict


def listening_score(function: Function) -> Function:
    def score(estimator: Any, *args: Any, **options: Any) -> Any:
        return call_score(function, estimator, args, options)

    return score


def listening_metric(function: Function) -> Function:
    def metric(*args: Any, **options: Any) -> Any:
        return call_metric(function, args, options)

    return metric


def listening_cross_validate(function: Function) -> Function:
    def cross_validate(*args: Any, **options: Any) -> Any:
        return call_validation(function, args, options, lambda result: result)

    return cross_validate


def listening_cross_val_score(function: Function) -> Function:
    def cross_val_score(*args: Any, **options: Any) -> Any:
        return call_validation(function, args, options, lambda result: {"test_score": result})

    return cross_val_score


def silent(function: Function) -> Function:
    """Wrap work that scikit-learn hands to workers: it is part of a call that is reported as a whole.

    A worker thread starts with an empty context, and would not know.
    """

    def call(*args: Any, **options: Any) -> Any:
        with within():
            return function(*args, **options)

    return call


def call_fit(function: Function, estimator: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    if not is_outermost():
        return function(estimator, *args, **options)
    started_at_ms, start = time.time_ns() // 1_000_000, time.perf_counter()
    error: BaseException | None = None
    result = None
    try:
        with within():
            result = function(estimator, *args, **options)
    except BaseException as raised:
        error = raised
        raise
    finally:
        seconds = time.perf_counter() - start
        given = _arguments(function, estimator, args, options)
        if "X" in given:
            data = named(given["X"])
            y = None if given.get("y") is None else named(given["y"])
            done = Fit(estimator, data, y, started_at_ms, seconds, given.get("sample_weight"), error)
            report(lambda observer: observer.fitted(done))
            if function.__name__ == "fit_predict":
                _predictions.remember(result, estimator, data)
    return result


def call_prediction(function: Function, estimator: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    if not is_outermost():
        return function(estimator, *args, **options)
    with within():
        output = function(estimator, *args, **options)
    given = _arguments(function, estimator, args, options)
    if "X" in given:
        data = named(given["X"])
        _predictions.remember(output, estimator, data)
        report(lambda observer: observer.predicted(estimator, data))
    return output


def call_score(function: Function, estimator: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    if not is_outermost():
        return function(estimator, *args, **options)
    with within():
        result = function(estimator, *args, **options)
    value, given = _as_float(result), _arguments(function, estimator, args, options)
    if value is not None and "X" in given:
        found = Score("score", value, result, estimator, named(given["X"]))
        report(lambda observer: observer.scored(found))
    return result


def call_metric(function: Function, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    if not is_outermost():
        return function(*args, **options)
    with within():
        result = function(*args, **options)
    value = _as_float(result)
    if value is not None:
        estimator, data_name = _predictions.find(*args, *options.values()) or (None, None)
        data = NamedData(None, data_name) if data_name else None
        found = Score(function.__name__, value, result, estimator, data)
        report(lambda observer: observer.scored(found))
    return result


def call_validation(
    function: Function, args: tuple[Any, ...], options: dict[str, Any], folds_of: Callable[[Any], dict[str, Any]]
) -> Any:
    if not is_outermost():
        return function(*args, **options)
    started_at_ms, start = time.time_ns() // 1_000_000, time.perf_counter()
    with within():
        result = function(*args, **options)
    seconds = time.perf_counter() - start
    given = _signature(function).bind_partial(*args, **options).arguments
    folds = {key: tuple(map(float, values)) for key, values in folds_of(result).items() if _is_numeric(values)}
    y = None if given.get("y") is None else named(given["y"])
    done = CrossValidation(given.get("estimator"), named(given.get("X")), y, folds, started_at_ms, seconds)
    report(lambda observer: observer.cross_validated(done))
    return result


@functools.lru_cache(maxsize=1_000)
def _signature(function: Function) -> inspect.Signature:
    return inspect.signature(function)


def _arguments(function: Function, estimator: Any, args: tuple[Any, ...], options: dict[str, Any]) -> dict[str, Any]:
    try:
        given = dict(_signature(function).bind_partial(estimator, *args, **options).arguments)
    except TypeError:
        return {}  # the call itself failed on its arguments, and says so
    for extra in ("params", "fit_params", "kwargs"):
        if isinstance(given.get(extra), dict):
            given.update(given[extra])
    return given


def _as_float(result: Any) -> float | None:
    if isinstance(result, (bool, str)) or getattr(result, "ndim", 0) != 0:
        return None
    return float(result) if hasattr(result, "__float__") else None


def _is_numeric(values: Any) -> bool:
    return getattr(getattr(values, "dtype", None), "kind", "") in "fiu"
