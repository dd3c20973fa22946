"""Listens to CatBoost: each iteration's evaluation, early stopping, importances, the data, the model."""

from __future__ import annotations

import inspect
import time
from types import FunctionType, ModuleType
from typing import Any

from nbtrack.autolog.estimators import by_key
from nbtrack.autolog.imports import ImportWatch
from nbtrack.autolog.observation import Fit
from nbtrack.autolog.patching import Function, Patches
from nbtrack.autolog.sklearn import calls
from nbtrack.autolog.training import Training, training
from nbtrack.autolog.variables import named
from nbtrack.clock import now_ms
from nbtrack.models import ColSpec, DataType, ModelSignature, Schema

PREDICTIONS = ("predict", "predict_proba", "predict_log_proba")
MAX_HEARD_ITERATIONS = 250
ROWS_PER_HEARD_ITERATION = 100
_ITERATIONS = ("iterations", "num_boost_round", "n_estimators", "num_trees")
_DEFAULT_ITERATIONS = 1_000


class CatBoostIntegration:
    """Listens to ``fit``, which ``catboost.train`` calls as well, and to predictions."""

    def install(self, patches: Patches, watch: ImportWatch) -> None:
        def patch_models(module: ModuleType) -> None:
            for owner in vars(module).values():
                if isinstance(owner, type) and isinstance(vars(owner).get("fit"), FunctionType):
                    patches.method(owner, "fit", _listening_fit)
                    for name in PREDICTIONS:
                        patches.method(owner, name, calls.listening_method("call_prediction"))

        watch.when_imported("catboost.core", patch_models)


class _Reporter:
    """A callback of CatBoost that logs what was evaluated after each iteration."""

    def __init__(self, found: Training) -> None:
        self._training = found
        self._counts: dict[str, int] = {}
        self.iterations = 0

    def after_iteration(self, state: Any) -> bool:
        self.iterations = state.iteration
        values = {}
        for key, history in by_key(state.metrics).items():
            # With a metric_period there is nothing new in most iterations.
            if len(history) > self._counts.get(key, 0):
                self._counts[key] = len(history)
                values[key] = history[-1]
        if values:
            self._training.metrics(values, state.iteration - 1)
        return True


def _listening_fit(function: Function) -> Function:
    signature = inspect.signature(function)

    def fit(model: Any, *args: Any, **options: Any) -> Any:
        __tracebackhide__ = True
        with training("catboost", type(model).__name__, model.get_params) as found:
            if found is None:
                return function(model, *args, **options)
            given = signature.bind_partial(model, *args, **options).arguments
            started_at_ms, start = now_ms(), time.perf_counter()
            reporter = _Reporter(found)
            is_heard = found.attempted(lambda: _is_heard(model.get_params(), given))
            callbacks = {"callbacks": [reporter, *(given.get("callbacks") or ())]} if is_heard else {}
            result = function(**{**given, **callbacks})
            seconds = time.perf_counter() - start
            if not is_heard:
                found.record(_log_history, found, model)
            found.record(_log_fit, found, model, given, started_at_ms, seconds)
            found.record(_describe, found, model, reporter.iterations)
        return result

    return fit


def _is_heard(params: dict[str, Any], given: dict[str, Any]) -> bool:
    """Tell whether CatBoost should call back after each iteration; else its history is read when it is done.

    It hands over the whole history each time: for 1,000 iterations of 5 metrics that takes half a second, for 2,000
    four. So only a short training is heard, or one whose data is so large that its iterations take longer.
    """
    if params.get("task_type") == "GPU":
        return False  # it calls back only where it trains on the CPU
    if given.get("callbacks") or (given.get("metric_period") or params.get("metric_period") or 1) > 1:
        return True  # it takes that time anyway, or evaluates seldom, and its history doesn't tell at which steps
    iterations = next((params[name] for name in _ITERATIONS if name in params), _DEFAULT_ITERATIONS)
    shape = getattr(given.get("X"), "shape", None)
    rows = shape[0] if shape else 0
    return bool(iterations <= max(MAX_HEARD_ITERATIONS, rows // ROWS_PER_HEARD_ITERATION))


def _log_fit(found: Training, model: Any, given: dict[str, Any], started_at_ms: int, seconds: float) -> None:
    from catboost import Pool

    X, y = given["X"], given.get("y")
    if isinstance(X, (Pool, str)) or hasattr(X, "__fspath__"):
        found.model(model, signature=found.attempted(lambda: _signature(model)))
        return
    data, target = named(X), None if y is None else named(y)
    found.fitted(Fit(model, data, target, started_at_ms, seconds, given.get("sample_weight")))


def _signature(model: Any) -> ModelSignature:
    """Tell the columns from the model itself: a Pool doesn't give its data back."""
    texts = {*model.get_cat_feature_indices(), *model.get_text_feature_indices()}
    kinds = [DataType.string if index in texts else DataType.double for index in range(len(model.feature_names_))]
    return ModelSignature(Schema([ColSpec(*column) for column in zip(kinds, model.feature_names_, strict=True)]))


def _log_history(found: Training, model: Any) -> None:
    found.history(by_key(model.get_evals_result()))


def _count_iterations(model: Any) -> int:
    """Return how many iterations there were, the last trees of which may be gone; 0 where that is not known."""
    if model.get_params().get("task_type") == "GPU":
        return 0
    return max((len(series) for series in by_key(model.get_evals_result()).values()), default=0)


def _describe(found: Training, model: Any, iterations: int) -> None:
    # What it decided by itself, its learning rate among it.
    given = model.get_params()
    found.params({key: value for key, value in model.get_all_params().items() if key not in given})
    if model.get_best_iteration() is not None:
        count = iterations or _count_iterations(model)
        stopped = {"stopped_iteration": count - 1} if count else {}
        found.summary(
            {"best_iteration": model.get_best_iteration(), **stopped, **by_key(model.get_best_score(), "best_")}
        )
    # Ranking models would need the data again.
    importances = getattr(model, "feature_importances_", None)
    if importances is not None:
        by_name = dict(zip(model.feature_names_, map(float, importances), strict=True))
        found.document({"PredictionValuesChange": by_name}, "feature_importance.json")
