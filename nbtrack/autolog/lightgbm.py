"""Listens to LightGBM: each iteration's evaluation, early stopping, importances, the data, the model."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from types import FunctionType, ModuleType
from typing import Any

from nbtrack.autolog.estimators import by_key, listening_fit, metric_key
from nbtrack.autolog.imports import ImportWatch
from nbtrack.autolog.observation import NamedData
from nbtrack.autolog.patching import Function, Patches
from nbtrack.autolog.recording import PREDICTED_ROWS, SIGNATURE_ROWS
from nbtrack.autolog.sklearn.description import first_rows
from nbtrack.autolog.training import Training, current_training, training
from nbtrack.autolog.variables import named
from nbtrack.models import ModelSignature, infer_signature

IMPORTANCES = ("gain", "split")


class LightGBMIntegration:
    """Listens to ``train`` and to the estimators."""

    def install(self, patches: Patches, watch: ImportWatch) -> None:
        def patch_training(module: ModuleType) -> None:
            patches.function(module, "train", _listening_train)

        def patch_estimators(module: ModuleType) -> None:
            patch_training(module)
            for owner in vars(module).values():
                is_own = isinstance(owner, type) and owner.__module__ == module.__name__
                if is_own and isinstance(vars(owner).get("fit"), FunctionType):
                    patches.method(owner, "fit", listening_fit("lightgbm", _describe_estimator))

        watch.when_imported("lightgbm", patch_training)
        watch.when_imported("lightgbm.engine", patch_training)
        watch.when_imported("lightgbm.sklearn", patch_estimators)


class _Reporter:
    """A callback of LightGBM that logs what was evaluated after each iteration."""

    # Before those who may stop the training here, for that keeps the callbacks behind them from hearing of it.
    order = -1_000_000
    before_iteration = False

    def __init__(self, found: Training) -> None:
        self._training = found
        self.iterations = 0

    def __call__(self, env: Any) -> None:
        self.iterations = env.iteration + 1
        values = {metric_key(entry[0], entry[1]): entry[2] for entry in env.evaluation_result_list or ()}
        if values:
            self._training.metrics(values, env.iteration)


def _listening_train(function: Function) -> Function:
    signature = inspect.signature(function)

    def train(*args: Any, **options: Any) -> Any:
        __tracebackhide__ = True
        given = signature.bind_partial(*args, **options).arguments
        estimators = current_training()
        if estimators is not None:
            return _train(function, given, estimators)
        with training("lightgbm", "Booster", lambda: _params(given)) as found:
            if found is None:
                return function(*args, **options)
            found.attempted(lambda: found.inputs(list(_inputs(given))))
            # LightGBM lets go of the raw data when the training begins; holding on to it would double the memory.
            sample = found.attempted(lambda: _sample(given.get("train_set")))
            booster = _train(function, given, found)
            found.model(booster, signature=found.attempted(lambda: _signature(booster, sample)))
            found.record(_log_importances, found, booster)
        return booster

    return train


def _train(function: Function, given: dict[str, Any], found: Training) -> Any:
    __tracebackhide__ = True
    reporter = _Reporter(found)
    booster = function(**{**given, "callbacks": [*(given.get("callbacks") or ()), reporter]})
    if booster.best_iteration > 0:
        found.record(_log_stop, found, booster, reporter.iterations)
    return booster


def _log_stop(found: Training, booster: Any, iterations: int) -> None:
    stop = {"best_iteration": booster.best_iteration, "stopped_iteration": iterations}
    found.summary({**stop, **by_key(booster.best_score, "best_")})


def _params(given: dict[str, Any]) -> dict[str, Any]:
    own = {"num_boost_round": given["num_boost_round"]} if "num_boost_round" in given else {}
    return {**dict(given.get("params") or {}), **own}


def _inputs(given: dict[str, Any]) -> Iterator[tuple[NamedData, str]]:
    train_set, valid_sets = given.get("train_set"), given.get("valid_sets") or ()
    yield _named_data(train_set), "training"
    for valid_set in valid_sets if isinstance(valid_sets, (list, tuple)) else [valid_sets]:
        if valid_set is not train_set:
            yield _named_data(valid_set), "validation"


def _named_data(dataset: Any) -> NamedData:
    data = getattr(dataset, "data", None)
    return NamedData(data, named(data).name or named(dataset).name)


def _sample(dataset: Any) -> Any:
    """Return a copy of the first rows of what a Dataset is made from; None if it is in a file, or gone."""
    data = getattr(dataset, "data", None)
    return first_rows(data, SIGNATURE_ROWS).copy() if hasattr(data, "shape") and hasattr(data, "copy") else None


def _signature(booster: Any, sample: Any) -> ModelSignature | None:
    if sample is None:
        return None
    # One tree tells the type as well as a thousand.
    return infer_signature(sample, booster.predict(first_rows(sample, PREDICTED_ROWS), num_iteration=1))


def _describe_estimator(found: Training, estimator: Any) -> None:
    _log_importances(found, estimator.booster_)


def _log_importances(found: Training, booster: Any) -> None:
    names = booster.feature_name()
    by_kind = {kind: booster.feature_importance(importance_type=kind).tolist() for kind in IMPORTANCES}
    importances = {kind: dict(zip(names, values, strict=True)) for kind, values in by_kind.items()}
    found.document(importances, "feature_importance.json")
