"""Writes down what autolog hears: a run for each fit, unless a run is open that it belongs to."""

from __future__ import annotations

import math
import time
import traceback
import uuid
import weakref
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from nbtrack.autolog.attempts import Attempts
from nbtrack.autolog.observation import CrossValidation, Fit, NamedData, Score
from nbtrack.autolog.options import AutologOptions
from nbtrack.autolog.sklearn import description
from nbtrack.entities import Batch, DatasetInput, Metric, NewRun, RunOrigin, RunStatus, tags
from nbtrack.lineage import describe_dataset, is_dataset
from nbtrack.tracking import active_run, current_store, log_text
from nbtrack.tracking.active import create_runs, new_run, remember_last
from nbtrack.tracking.environment import record_environment
from nbtrack.tracking.log import append
from nbtrack.tracking.models import log_model


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


class Recorder:
    """The observer behind ``%autolog``."""

    def __init__(self, options: AutologOptions) -> None:
        self._options = options

    def fitted(self, fit: Fit) -> None:
        if not description.is_predictor(fit.estimator):
            return
        start = time.perf_counter()
        current = active_run()
        if current is not None:
            run_id = current.info.run_id
            _fit_into(run_id, fit)
        else:
            run_id = self._new_run(fit)
        FIT_RUNS.remember(fit.estimator, run_id)
        if fit.error is not None:
            return
        attempt = Attempts()
        self._record_details(run_id, fit, attempt)
        _record_cost(run_id, start, attempt)

    def scored(self, score: Score) -> None:
        run_id = FIT_RUNS.find(score.estimator) if score.estimator is not None else None
        if run_id is not None:
            append(run_id, Batch((_point(score.key, score.value),)))

    def cross_validated(self, validation: CrossValidation) -> None:
        start = time.perf_counter()
        batch = validation_batch(validation)
        current = active_run()
        if current is not None:
            run_id = current.info.run_id
            append(run_id, batch)
        else:
            name = type(validation.estimator).__name__
            run = _finished(validation.started_at_ms, validation.seconds, batch, {tags.ESTIMATOR: name})
            create_runs([run])
            run_id = run.run_id
            remember_last(run_id)
        attempt = Attempts()
        if self._options.log_datasets:
            attempt(record_inputs, run_id, _training_data(validation))
        attempt(record_environment, run_id)
        _record_cost(run_id, start, attempt)

    def predicted(self, estimator: Any, data: NamedData) -> None:
        """A prediction by itself is not recorded; a score of it is."""

    def _new_run(self, fit: Fit) -> str:
        extra = {tags.ESTIMATOR: type(fit.estimator).__name__, **self._options.extra_tags}
        batch = Batch(params=description.params_of(fit.estimator), tags=extra)
        run = _finished(fit.started_at_ms, fit.seconds, batch, {})
        if fit.error is not None:
            error = "".join(traceback.format_exception_only(fit.error)).strip()
            run = replace(
                run,
                status=RunStatus.KILLED if isinstance(fit.error, KeyboardInterrupt) else RunStatus.FAILED,
                batch=replace(run.batch, tags={**run.batch.tags, tags.ERROR: error}),
            )
        create_runs([run])
        remember_last(run.run_id)
        return run.run_id

    def _record_details(self, run_id: str, fit: Fit, attempt: Attempts) -> None:
        options = self._options
        if options.log_training_metrics:
            attempt(record_training_metrics, run_id, fit)
        if description.is_search(fit.estimator):
            attempt(record_search, run_id, fit)
        if options.log_datasets:
            attempt(record_inputs, run_id, _training_data(fit))
        if options.log_diagram:
            attempt(record_diagram, run_id, fit)
        if options.log_models:
            attempt(log_fitted_model, run_id, fit, "model")
        attempt(record_environment, run_id)


def _record_cost(run_id: str, start: float, attempt: Attempts) -> None:
    """Tell what recording cost since ``start``, and what there was to warn of."""
    cost = {tags.CAPTURE_MS: f"{(time.perf_counter() - start) * 1000:.1f}"}
    append(run_id, Batch(tags=cost | ({tags.WARNING: "; ".join(attempt.warnings)} if attempt.warnings else {})))


def _training_data(call: Fit | CrossValidation) -> list[tuple[NamedData, str]]:
    return [(data, "training") for data in (call.X, call.y) if data is not None]


def record_inputs(run_id: str, used: list[tuple[NamedData, str]]) -> None:
    """Describe and record the datasets among what a call was given."""
    inputs = [
        DatasetInput(describe_dataset(data.value, name=data.name or "dataset"), context)
        for data, context in used
        if is_dataset(data.value)
    ]
    if inputs:
        current_store().runs.log_inputs(run_id, inputs)


def log_fitted_model(run_id: str, fit: Fit, artifact_path: str) -> None:
    """Save a fitted model with the signature of what it was fitted to."""
    from nbtrack.models import infer_signature

    X = fit.X.value
    few = X.iloc[:100] if hasattr(X, "iloc") else X[:100]
    can_predict = hasattr(fit.estimator, "predict")
    signature = infer_signature(few, fit.estimator.predict(few)) if can_predict else None
    log_model(fit.estimator, artifact_path, run_id=run_id, signature=signature)


def record_training_metrics(run_id: str, fit: Fit) -> str | None:
    """Log how a model scores on the data that it was fitted to; return what was left out, in words."""
    metrics, left_out = description.training_metrics(fit)
    append(run_id, Batch(_points(metrics)))
    return left_out


def record_diagram(run_id: str, fit: Fit) -> None:
    log_text(description.diagram_of(fit.estimator), "estimator.html", run_id)


def record_search(run_id: str, fit: Fit) -> str | None:
    """Record the candidates of a search as child runs, its best one on the parent, and its table of results."""
    search = fit.estimator
    params, metrics = description.best_of(search)
    candidates = description.candidates_of(search)
    now = time.time_ns() // 1_000_000
    name = type(getattr(search, "best_estimator_", search.estimator)).__name__
    children = [
        _finished(
            now,
            candidate.seconds,
            Batch(_points(candidate.metrics) + _fold_points(candidate.folds), dict(candidate.params)),
            {tags.ESTIMATOR: name},
            parent_run_id=run_id,
        )
        for candidate in candidates[: description.MAX_CANDIDATES]
    ]
    append(run_id, Batch(_points(metrics), params, {tags.CANDIDATES: str(len(candidates))}))
    current_store().runs.create(children)
    log_text(description.results_table(search), "cv_results.csv", run_id)
    left_out = len(candidates) - len(children)
    return f"{left_out} of {len(candidates)} candidates are only in cv_results.csv" if left_out > 0 else None


def validation_batch(validation: CrossValidation) -> Batch:
    """Turn a cross-validation into params of its estimator, scores with folds as steps, and their means."""
    estimator = validation.estimator
    params = description.params_of(estimator) if hasattr(estimator, "get_params") else {}
    means = {f"mean_{key}": math.fsum(values) / len(values) for key, values in validation.folds.items() if values}
    return Batch(_fold_points(validation.folds) + _points(means), params)


def _fit_into(run_id: str, fit: Fit) -> None:
    """Add a fit's params to a run that is open. Where a key has another value already, the estimator's name helps."""
    name, params = type(fit.estimator).__name__, description.params_of(fit.estimator)
    existing = current_store().runs.get(run_id).data.params
    for prefix in ("", f"{name}.", *(f"{name}_{number}." for number in range(2, 1000))):
        prefixed = {f"{prefix}{key}": value for key, value in params.items()}
        if all(existing.get(key, value) == value for key, value in prefixed.items()):
            append(run_id, Batch(params=prefixed, tags={tags.ESTIMATOR: name}))
            return


def _finished(
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


def _points(metrics: Mapping[str, float]) -> tuple[Metric, ...]:
    return tuple(_point(key, value) for key, value in metrics.items())


def _fold_points(folds: Mapping[str, tuple[float, ...]]) -> tuple[Metric, ...]:
    return tuple(_point(key, value, step) for key, values in folds.items() for step, value in enumerate(values))


def _point(key: str, value: float, step: int = 0) -> Metric:
    return Metric(key, value, time.time_ns() // 1_000_000, step)
