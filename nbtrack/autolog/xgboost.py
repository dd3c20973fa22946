"""Listens to XGBoost: each iteration's evaluation, early stopping, importances, the model."""

from __future__ import annotations

import functools
import inspect
from types import FunctionType, ModuleType
from typing import Any

from nbtrack.autolog.estimators import by_key, listening_fit
from nbtrack.autolog.imports import ImportWatch
from nbtrack.autolog.patching import Function, Patches
from nbtrack.autolog.training import Training, current_training, training
from nbtrack.models import ColSpec, DataType, ModelSignature, Schema

IMPORTANCES = ("gain", "weight")
_CODE = "func"
"""What a function of XGBoost is called inside the decorator that checks its arguments."""
_TYPES = {"int": DataType.long, "i": DataType.boolean, "q": DataType.double, "float": DataType.double}


class XGBoostIntegration:
    """Listens to ``train`` and to the estimators."""

    def install(self, patches: Patches, watch: ImportWatch) -> None:
        def patch_training(module: ModuleType) -> None:
            _patch(patches, module, "train", _listening_train)

        def patch_estimators(module: ModuleType) -> None:
            for owner in vars(module).values():
                if isinstance(owner, type) and isinstance(vars(owner).get("fit"), FunctionType):
                    _patch(patches, owner, "fit", listening_fit("xgboost", _describe_estimator))

        watch.when_imported("xgboost.training", patch_training)
        watch.when_imported("xgboost.sklearn", patch_estimators)


def _patch(patches: Patches, owner: Any, name: str, wrap: Any) -> None:
    # Inside the decorator, where there is one: that reaches those who imported the function before.
    if patches.inside(vars(owner)[name], _CODE, wrap):
        return
    if isinstance(owner, type):
        patches.method(owner, name, wrap)
    else:
        patches.function(owner, name, wrap)


def _listening_train(function: Function) -> Function:
    signature = inspect.signature(function)

    def train(*args: Any, **options: Any) -> Any:
        __tracebackhide__ = True
        given = signature.bind_partial(*args, **options).arguments
        if current_training() is not None:  # an estimator's own
            return function(**_with_reporter(given, current_training()))
        with training("xgboost", "Booster", lambda: _params(given)) as found:
            if found is None:
                return function(*args, **options)
            booster = function(**_with_reporter(given, found))
            found.model(booster, in_background=True, signature=_signature(given.get("dtrain")))
            found.record(_describe, found, booster)
        return booster

    return train


def _with_reporter(given: dict[str, Any], found: Training | None) -> dict[str, Any]:
    if found is None:
        return given
    # First, for who stops a training early keeps the callbacks behind it from hearing of its last iteration.
    return {**given, "callbacks": [_reporter()(found), *(given.get("callbacks") or ())]}


@functools.cache
def _reporter() -> type:
    from xgboost.callback import TrainingCallback

    class Reporter(TrainingCallback):
        """Logs what was evaluated after each iteration."""

        def __init__(self, found: Training) -> None:
            super().__init__()
            self._training = found

        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:  # noqa: ARG002 XGBoost's
            values = {key: _last(history) for key, history in by_key(evals_log).items()}
            if values:
                self._training.metrics(values, epoch)
            return False

    return Reporter


def _last(history: Any) -> float:
    last = history[-1]
    return float(last[0] if isinstance(last, tuple) else last)  # of a cross-validation: mean and deviation


def _params(given: dict[str, Any]) -> dict[str, Any]:
    own = ("num_boost_round", "early_stopping_rounds", "maximize")
    return {**dict(given.get("params") or {}), **{key: given[key] for key in own if given.get(key) is not None}}


def _signature(matrix: Any) -> ModelSignature | None:
    names, types = getattr(matrix, "feature_names", None), getattr(matrix, "feature_types", None)
    if not names:
        return None
    kinds = [_TYPES.get(kind, DataType.string) for kind in types] if types else [DataType.double] * len(names)
    return ModelSignature(Schema([ColSpec(kind, name) for kind, name in zip(kinds, names, strict=True)]))


def _describe_estimator(found: Training, estimator: Any) -> None:
    _describe(found, estimator.get_booster())


def _describe(found: Training, booster: Any) -> None:
    if booster.attr("best_iteration") is not None:
        best = {"best_iteration": booster.best_iteration, "best_score": booster.best_score}
        found.summary({**best, "stopped_iteration": booster.num_boosted_rounds() - 1})
    importances = {kind: booster.get_score(importance_type=kind) for kind in IMPORTANCES}
    found.document({kind: by for kind, by in importances.items() if by}, "feature_importance.json")
