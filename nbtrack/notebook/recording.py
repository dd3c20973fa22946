"""Writing down what a tracked cell left behind."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nbtrack.autolog import is_autolog_on
from nbtrack.autolog.attempts import Attempts
from nbtrack.autolog.observation import NamedData, Score
from nbtrack.autolog.recording import (
    FIT_RUNS,
    record_fitted,
    record_inputs,
    record_search,
    record_training_metrics,
    validation_batch,
)
from nbtrack.autolog.sklearn import description
from nbtrack.entities import Batch, tags
from nbtrack.lineage import Bindings
from nbtrack.notebook.capture.models import FoundModel, found_models
from nbtrack.notebook.capture.variables import Variables, chosen_variables, found_variables
from nbtrack.notebook.observer import MAX_DATASETS, CellObserver
from nbtrack.notebook.options import TrackOptions
from nbtrack.tracking import log, opened
from nbtrack.tracking.models import log_model
from nbtrack.tracking.values import metric

MAX_MODELS = 20


@dataclass(frozen=True)
class CellRecording:
    """What is known of a cell that is over. ``until_line`` is where it failed, if it failed."""

    run_id: str
    options: TrackOptions
    observer: CellObserver
    bindings: Bindings
    namespace: Mapping[str, Any]
    until_line: int | None
    attempt: Attempts

    def write(self) -> None:
        models = found_models(self.observer.fits, self.bindings, self.namespace, self.run_id)
        variables = self._variables()
        self.attempt.warnings += variables.warnings
        self._write_values(variables, models)
        for validation in self.observer.validations:
            self.attempt(log.append, self.run_id, validation_batch(validation))
        for found in models[:MAX_MODELS]:
            self._write_model(found, is_only=len(models) == 1)
        if len(models) > MAX_MODELS:
            self.attempt.warnings.append(f"only {MAX_MODELS} of {len(models)} models are saved")
        if self.options.log_datasets:
            self.attempt(record_inputs, self.run_id, _used_data(self.observer))
            if self.observer.is_data_left_out:
                self.attempt.warnings.append(f"only the first {MAX_DATASETS} datasets are described")

    def _variables(self) -> Variables:
        found = found_variables(self.bindings, self.namespace, until_line=self.until_line)
        return chosen_variables(self.options.params, self.options.metrics, found, self.namespace)

    def _write_values(self, variables: Variables, models: Sequence[FoundModel]) -> None:
        """Log params and metrics; what the cell logged itself under the same key stays."""
        run = opened.find(self.run_id)
        logged_params, logged_metrics = (run.logged_params, run.logged_metrics) if run is not None else ((), ())
        params = {**_estimator_params(models, variables.params), **variables.params}
        scores = _scores(self.observer.scores, variables.metrics) if self.options.metrics is None else {}
        values = {**scores, **variables.metrics}
        extra = _seeds(self.bindings, self.namespace)
        if len(models) == 1:
            extra[tags.ESTIMATOR] = type(models[0].model).__name__
        new_params = {key: value for key, value in params.items() if key not in logged_params}
        self.attempt(log.append, self.run_id, Batch(params=new_params, tags=extra))
        for key, value in values.items():
            if key not in logged_metrics:
                self.attempt(self._write_metric, key, value)

    def _write_metric(self, key: str, value: Any) -> None:
        log.append(self.run_id, Batch((metric(key, value),)))

    def _write_model(self, found: FoundModel, *, is_only: bool) -> None:
        if FIT_RUNS.find(found.model) == self.run_id:
            return  # its training was written down while it went on
        FIT_RUNS.remember(found.model, self.run_id)
        path, fit = "model" if is_only else found.name, found.fit
        if fit is not None and description.is_search(found.model):
            self.attempt(record_search, self.run_id, fit)
        is_detailed = fit is not None and is_only and is_autolog_on()
        if fit is not None and is_detailed:
            self.attempt(record_training_metrics, self.run_id, fit)
        model_path = path if self.options.log_models else None
        if fit is not None and (model_path or is_detailed):
            self.attempt(record_fitted, self.run_id, fit, model_path=model_path, has_diagram=is_detailed)
        elif model_path:
            self.attempt(log_model, found.model, model_path, run_id=self.run_id)


def _estimator_params(models: Sequence[FoundModel], own: Mapping[str, str]) -> dict[str, str]:
    """Return the params of the cell's models; with a prefix where several models, or a variable, share a key."""
    params: dict[str, str] = {}
    for found in models:
        if not hasattr(found.model, "get_params"):
            continue
        for key, value in description.params_of(found.model).items():
            is_clear = len(models) == 1 and own.get(key, value) == value
            params[key if is_clear else f"{found.name}.{key}"] = value
    return params


def _scores(scores: Sequence[Score], named: Mapping[str, Any]) -> dict[str, float]:
    """Return the last score of each key, without those that the cell gave a name of its own."""
    own = {id(value) for value in named.values()}
    last = {score.key: score for score in scores}
    return {key: score.value for key, score in last.items() if id(score.result) not in own}


def _used_data(observer: CellObserver) -> list[tuple[NamedData, str]]:
    trained = [(data, "training") for data in observer.trained.values()]
    return trained + [(data, "evaluation") for data in observer.evaluated.values()]


def _seeds(bindings: Bindings, namespace: Mapping[str, Any]) -> dict[str, str]:
    seeds = {seed.call: str(namespace.get(seed.argument, seed.argument)) for seed in bindings.seeds}
    return {tags.SEEDS: json.dumps(seeds)} if seeds else {}
