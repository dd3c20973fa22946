"""What is written down of fits, searches and cross-validations, whoever heard of them."""

from __future__ import annotations

import logging
import math
import pickle
import uuid
import weakref
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nbtrack.autolog.attempts import MAX_WARNING
from nbtrack.autolog.observation import CrossValidation, Fit, NamedData, within
from nbtrack.autolog.sklearn import description
from nbtrack.clock import now_ms
from nbtrack.data import describe_dataset, is_dataset
from nbtrack.entities import Batch, DatasetInput, Metric, NewRun, RunOrigin, RunStatus, tags
from nbtrack.tracking import background, log_text
from nbtrack.tracking.active import new_run
from nbtrack.tracking.log import append, append_runs
from nbtrack.tracking.models import log_model

if TYPE_CHECKING:
    from nbtrack.models import ModelSignature

SIGNATURE_ROWS = 100
PREDICTED_ROWS = 5
"""Fewer, for there are models that take a second a row."""


class FitRuns:
    """Which run a model was fitted in. Models are not kept alive by being here."""

    def __init__(self) -> None:
        self._runs: dict[int, tuple[weakref.ref[Any], str]] = {}

    def remember(self, estimator: Any, run_id: str) -> None:
        key = id(estimator)
        self._runs[key] = (weakref.ref(estimator, lambda _: self._runs.pop(key, None)), run_id)

    def find(self, estimator: Any) -> str | None:
        entry = self._runs.get(id(estimator))
        return entry[1] if entry is not None and entry[0]() is estimator else None


FIT_RUNS = FitRuns()


def record_inputs(run_id: str, used: list[tuple[NamedData, str]]) -> None:
    """Describe and record the datasets among what a call was given."""
    inputs = tuple(
        DatasetInput(describe_dataset(data.value, name=data.name or "dataset"), context)
        for data, context in used
        if is_dataset(data.value)
    )
    append(run_id, Batch(inputs=inputs))


def record_fitted(run_id: str, fit: Fit, *, model_path: str | None, has_diagram: bool) -> str | None:
    """Save a fitted model, with the signature of what it was fitted to, and scikit-learn's diagram of it.

    Returns, in words, what the model is saved without.

    Here it is only copied, as a pickle in memory; the rest is done in the background. Writing a forest in a safe
    format takes forty times as long as that copy.
    """
    signature = warning = None
    try:
        signature = _signature_of(fit) if model_path is not None else None
    except Exception as error:  # noqa: BLE001 whatever a user's model raises when it predicts
        warning = f"model saved without a signature: {' '.join(str(error).split())[:MAX_WARNING]}"
    write_later(fit.estimator, run_id, _write_fitted, model_path, signature, has_diagram)
    return warning


def write_later(model: Any, run_id: str, write: Callable[..., None], *arguments: Any) -> None:
    """Call ``write(model, run_id, *arguments)`` in the background, with the model as it is now."""
    try:
        snapshot = pickle.dumps(model, protocol=5)
    except (pickle.PicklingError, AttributeError, TypeError):
        # Saving it by other means may still work, or else tells best what the matter is.
        write(model, run_id, *arguments)
        return
    background.submit(_write_snapshot, snapshot, run_id, write, *arguments, size_bytes=len(snapshot))


def _signature_of(fit: Fit) -> ModelSignature | None:
    from nbtrack.models import infer_signature

    if not hasattr(fit.estimator, "predict"):
        return None
    X = fit.X.value
    few, fewer = (description.first_rows(X, count) for count in (SIGNATURE_ROWS, PREDICTED_ROWS))
    return infer_signature(few, fit.estimator.predict(fewer))


def _write_fitted(
    estimator: Any, run_id: str, model_path: str | None, signature: ModelSignature | None, has_diagram: bool
) -> None:
    if has_diagram:
        log_text(description.diagram_of(estimator), "estimator.html", run_id)
    if model_path is not None:
        log_model(estimator, model_path, run_id=run_id, signature=signature)


def _write_snapshot(snapshot: bytes, run_id: str, write: Callable[..., None], *arguments: Any) -> None:
    try:
        with within():
            # Our own bytes, made a moment ago in this process.
            write(pickle.loads(snapshot), run_id, *arguments)  # noqa: S301
    except Exception as error:
        logging.getLogger("nbtrack").debug("A model was not saved", exc_info=error)
        append(run_id, Batch(tags={tags.WARNING: f"model not saved: {' '.join(str(error).split())[:MAX_WARNING]}"}))


def record_training_metrics(run_id: str, fit: Fit, *, step: int = 0) -> str | None:
    """Log how a model scores on the data that it was fitted to; return what was left out, in words."""
    metrics, left_out = description.training_metrics(fit)
    append(run_id, Batch(tuple(point_of(key, value, step) for key, value in metrics.items())))
    return left_out


def record_search(run_id: str, fit: Fit) -> str | None:
    """Record the candidates of a search as child runs, its best one on the parent, and its table of results."""
    search = fit.estimator
    params, metrics = description.best_of(search)
    candidates = description.candidates_of(search)
    now = now_ms()
    name = type(getattr(search, "best_estimator_", search.estimator)).__name__
    children = [
        finished_run(
            now,
            candidate.seconds,
            Batch(points_of(candidate.metrics) + _fold_points(candidate.folds), dict(candidate.params)),
            {tags.ESTIMATOR: name},
            parent_run_id=run_id,
        )
        for candidate in candidates[: description.MAX_CANDIDATES]
    ]
    append(run_id, Batch(points_of(metrics), params, {tags.CANDIDATES: str(len(candidates))}))
    append_runs(children)
    log_text(description.results_table(search), "cv_results.csv", run_id)
    left_out = len(candidates) - len(children)
    return f"{left_out} of {len(candidates)} candidates are only in cv_results.csv" if left_out > 0 else None


def validation_batch(validation: CrossValidation) -> Batch:
    """Turn a cross-validation into params of its estimator, scores with folds as steps, and their means."""
    estimator = validation.estimator
    params = description.params_of(estimator) if hasattr(estimator, "get_params") else {}
    means = {f"mean_{key}": math.fsum(values) / len(values) for key, values in validation.folds.items() if values}
    return Batch(_fold_points(validation.folds) + points_of(means), params)


def finished_run(
    started_at_ms: int, seconds: float, batch: Batch, extra: Mapping[str, str], *, parent_run_id: str | None = None
) -> NewRun:
    run = new_run(
        name=None, experiment_id=None, parent_run_id=parent_run_id, tags={**batch.tags, **extra}, origin=RunOrigin.FIT
    )
    return replace(
        run,
        run_id=uuid.uuid4().hex,
        started_at_ms=started_at_ms,
        ended_at_ms=started_at_ms + round(seconds * 1000),
        status=RunStatus.FINISHED,
        group_id=None if parent_run_id else run.group_id,
        cell_id=None if parent_run_id else run.cell_id,
        batch=replace(run.batch, metrics=batch.metrics, params=batch.params),
    )


def points_of(metrics: Mapping[str, float]) -> tuple[Metric, ...]:
    return tuple(point_of(key, value) for key, value in metrics.items())


def _fold_points(folds: Mapping[str, tuple[float, ...]]) -> tuple[Metric, ...]:
    return tuple(point_of(key, value, step) for key, values in folds.items() for step, value in enumerate(values))


def point_of(key: str, value: float, step: int = 0) -> Metric:
    return Metric(key, value, now_ms(), step)
