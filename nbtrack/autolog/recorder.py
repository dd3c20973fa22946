"""Writes down what autolog hears: a run for each fit, unless a run is open that it belongs to."""

from __future__ import annotations

import time
import traceback
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from nbtrack.autolog.attempts import Attempts
from nbtrack.autolog.observation import CrossValidation, Fit, NamedData, Score
from nbtrack.autolog.options import AutologOptions
from nbtrack.autolog.places import FIT_PLACES, ONLY_THE_FIRST
from nbtrack.autolog.recording import (
    FIT_RUNS,
    finished_run,
    point_of,
    record_fitted,
    record_inputs,
    record_search,
    record_training_metrics,
    validation_batch,
)
from nbtrack.autolog.sklearn import description
from nbtrack.entities import Batch, RunStatus, tags
from nbtrack.tracking import active_run
from nbtrack.tracking.active import create_runs, remember_last
from nbtrack.tracking.environment import record_environment
from nbtrack.tracking.log import append


class Recorder:
    """The observer behind ``%autolog``."""

    def __init__(self, options: Mapping[str, AutologOptions]) -> None:
        self._all_options = options
        self._options = options.get("sklearn", AutologOptions())

    def options_of(self, framework: str) -> AutologOptions | None:
        return self._all_options.get(framework)

    def fitted(self, fit: Fit) -> None:
        if not description.is_predictor(fit.estimator):
            return
        start = time.perf_counter()
        current, number, folder, is_detailed = active_run(), 1, "model", True
        if current is None:
            run_id = self._new_run(fit)
        else:
            run_id = current.info.run_id
            place = FIT_PLACES.next(run_id, type(fit.estimator).__name__)
            number, is_detailed = place.number, place.is_detailed
            if is_detailed:
                place.log_params(description.params_of(fit.estimator))
                folder = place.folder
        FIT_RUNS.remember(fit.estimator, run_id)
        if fit.error is not None:
            return
        attempt = Attempts()
        with attempt.recording(run_id, since=start):
            if is_detailed:
                self._record_details(run_id, fit, attempt, model_path=folder, step=number - 1)
            else:
                attempt.warnings.append(ONLY_THE_FIRST)
                attempt(record_training_metrics, run_id, fit, step=number - 1)

    def scored(self, score: Score) -> None:
        run_id = FIT_RUNS.find(score.estimator) if score.estimator is not None else None
        if run_id is not None:
            append(run_id, Batch((point_of(score.key, score.value),)))

    def cross_validated(self, validation: CrossValidation) -> None:
        start = time.perf_counter()
        batch = validation_batch(validation)
        current = active_run()
        if current is not None:
            run_id = current.info.run_id
            append(run_id, batch)
        else:
            name = type(validation.estimator).__name__
            run = finished_run(validation.started_at_ms, validation.seconds, batch, {tags.ESTIMATOR: name})
            create_runs([run])
            run_id = run.run_id
            remember_last(run_id)
        attempt = Attempts()
        with attempt.recording(run_id, since=start):
            if self._options.log_datasets:
                attempt(record_inputs, run_id, _training_data(validation))
            attempt(record_environment, run_id)

    def predicted(self, estimator: Any, data: NamedData) -> None:
        """A prediction by itself is not recorded; a score of it is."""

    def _new_run(self, fit: Fit) -> str:
        extra = {tags.ESTIMATOR: type(fit.estimator).__name__, **self._options.extra_tags}
        batch = Batch(params=description.params_of(fit.estimator), tags=extra)
        run = finished_run(fit.started_at_ms, fit.seconds, batch, {})
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

    def _record_details(self, run_id: str, fit: Fit, attempt: Attempts, *, model_path: str, step: int) -> None:
        options = self._options
        if options.log_training_metrics:
            attempt(record_training_metrics, run_id, fit, step=step)
        if description.is_search(fit.estimator):
            attempt(record_search, run_id, fit)
        if options.log_datasets:
            attempt(record_inputs, run_id, _training_data(fit))
        if options.log_models or options.log_diagram:
            path = model_path if options.log_models else None
            attempt(record_fitted, run_id, fit, model_path=path, has_diagram=options.log_diagram)
        attempt(record_environment, run_id)


def _training_data(call: Fit | CrossValidation) -> list[tuple[NamedData, str]]:
    return [(data, "training") for data in (call.X, call.y) if data is not None]
