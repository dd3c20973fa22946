"""Calls of scikit-learn that are listened to.

The wrappers close over the wrapped function only, and have the work done by functions of this module: a class that is
defined in a notebook travels to worker processes by value, with its methods and what they close over.
"""

from __future__ import annotations

import functools
import inspect
import sys
import time
from collections.abc import Callable
from typing import Any

from nbtrack.autolog.observation import (
    CrossValidation,
    Fit,
    NamedData,
    Observer,
    Score,
    is_outermost,
    report,
    within,
)
from nbtrack.autolog.patching import Function
from nbtrack.autolog.predictions import Predictions
from nbtrack.autolog.variables import named
from nbtrack.clock import now_ms

_predictions = Predictions()


def listening_method(call: str) -> Callable[[Function], Function]:
    """Return what wraps a method so that this module's function named ``call`` hears of it.

    The wrapper needs nothing but the standard library: a class of a notebook is also unpickled where there is no
    nbtrack, and does its work there unheard.
    """

    def wrap(function: Function) -> Function:
        # IPython leaves frames with this name out of tracebacks: the user's own failing fit is not about us.
        def method(estimator: Any, *args: Any, **options: Any) -> Any:
            __tracebackhide__ = True
            listener = sys.modules.get("nbtrack.autolog.sklearn.calls")
            if listener is None:
                return function(estimator, *args, **options)
            return getattr(listener, call)(function, estimator, args, options)

        return method

    return wrap


def listening_metric(function: Function) -> Function:
    def metric(*args: Any, **options: Any) -> Any:
        __tracebackhide__ = True
        return call_metric(function, args, options)

    return metric


def listening_cross_validate(function: Function) -> Function:
    def cross_validate(*args: Any, **options: Any) -> Any:
        __tracebackhide__ = True
        return call_validation(function, args, options, lambda result: result)

    return cross_validate


def listening_cross_val_score(function: Function) -> Function:
    def cross_val_score(*args: Any, **options: Any) -> Any:
        __tracebackhide__ = True
        return call_validation(function, args, options, lambda result: {"test_score": result})

    return cross_val_score


def silent(function: Function) -> Function:
    """Wrap work that scikit-learn hands to workers: it is part of a call that is reported as a whole.

    A worker thread starts with an empty context, and would not know.
    """

    def call(*args: Any, **options: Any) -> Any:
        __tracebackhide__ = True
        with within():
            return function(*args, **options)

    return call


def call_fit(function: Function, estimator: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    __tracebackhide__ = True
    if not is_outermost():
        return function(estimator, *args, **options)
    started_at_ms, start = now_ms(), time.perf_counter()
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

        def tell(observer: Observer) -> None:
            given = arguments_of(function, estimator, args, options)
            if "X" not in given:
                return
            X, y = named(given["X"]), None if given.get("y") is None else named(given["y"])
            observer.fitted(Fit(estimator, X, y, started_at_ms, seconds, given.get("sample_weight"), error))
            if function.__name__ == "fit_predict":
                _predictions.remember(result, estimator, X)

        report(tell)
    return result


def call_prediction(function: Function, estimator: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    __tracebackhide__ = True
    if not is_outermost():
        return function(estimator, *args, **options)
    with within():
        output = function(estimator, *args, **options)

    def tell(observer: Observer) -> None:
        given = arguments_of(function, estimator, args, options)
        if "X" in given:
            X = named(given["X"])
            _predictions.remember(output, estimator, X)
            observer.predicted(estimator, X)

    report(tell)
    return output


def call_score(function: Function, estimator: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    __tracebackhide__ = True
    if not is_outermost():
        return function(estimator, *args, **options)
    with within():
        result = function(estimator, *args, **options)

    def tell(observer: Observer) -> None:
        value, given = _as_float(result), arguments_of(function, estimator, args, options)
        if value is not None and "X" in given:
            observer.scored(Score("score", value, result, estimator, named(given["X"])))

    report(tell)
    return result


def call_metric(function: Function, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    __tracebackhide__ = True
    if not is_outermost():
        return function(*args, **options)
    with within():
        result = function(*args, **options)

    def tell(observer: Observer) -> None:
        value = _as_float(result)
        if value is not None:
            estimator, data_name = _predictions.find(*args, *options.values()) or (None, None)
            data = NamedData(None, data_name) if data_name else None
            observer.scored(Score(function.__name__, value, result, estimator, data))

    report(tell)
    return result


def call_validation(
    function: Function, args: tuple[Any, ...], options: dict[str, Any], folds_of: Callable[[Any], dict[str, Any]]
) -> Any:
    __tracebackhide__ = True
    if not is_outermost():
        return function(*args, **options)
    started_at_ms, start = now_ms(), time.perf_counter()
    with within():
        result = function(*args, **options)
    seconds = time.perf_counter() - start

    def tell(observer: Observer) -> None:
        given = _signature(function).bind_partial(*args, **options).arguments
        folds = {key: tuple(map(float, values)) for key, values in folds_of(result).items() if _is_numeric(values)}
        X, y = named(given.get("X")), None if given.get("y") is None else named(given["y"])
        observer.cross_validated(CrossValidation(given.get("estimator"), X, y, folds, started_at_ms, seconds))

    report(tell)
    return result


@functools.lru_cache(maxsize=1_000)
def _signature(function: Function) -> inspect.Signature:
    return inspect.signature(function)


def arguments_of(function: Function, estimator: Any, args: tuple[Any, ...], options: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of a call of a method by name; none if they don't fit."""
    try:
        given = dict(_signature(function).bind_partial(estimator, *args, **options).arguments)
    except TypeError:
        return {}  # the call itself failed on its arguments, and says so
    for extra in ("params", "fit_params", "kwargs"):
        if isinstance(given.get(extra), dict):
            given.update(given[extra])
    if "data" in given:
        given.setdefault("X", given["data"])  # what CatBoost calls it where it predicts
    return given


def _as_float(result: Any) -> float | None:
    if isinstance(result, (bool, str)) or getattr(result, "ndim", 0) != 0:
        return None
    return float(result) if hasattr(result, "__float__") else None


def _is_numeric(values: Any) -> bool:
    return getattr(getattr(values, "dtype", None), "kind", "") in "fiu"
