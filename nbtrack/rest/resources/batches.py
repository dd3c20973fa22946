"""What is logged to a run: points, params and tags together, datasets, models."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta

from nbtrack.entities import Batch, Dataset, DatasetInput, Metric, ModelMetric, ModelOutput
from nbtrack.errors import InvalidInput
from nbtrack.rest.documents import CONTEXT_TAG, Nothing
from nbtrack.rest.messages import Id, Int64, Key, KeyValue, Label, Message, Tags, Value, by_key
from nbtrack.rest.resources.runs import AboutRun
from nbtrack.rest.services import Services
from nbtrack.web import Double

MAX_METRICS, MAX_PARAMS, MAX_TAGS, MAX_TOGETHER = 1000, 100, 100, 1000
HISTORY_TAG = "mlflow.log-model.history"
"""The tag in which old clients look for the models of a run."""


class MetricItem(Message):
    """A point of a metric, perhaps measured of a logged model on a dataset."""

    key: Key
    value: Double
    timestamp: Int64
    step: Int64 = 0
    model_id: Id | None = None
    dataset_name: Label | None = None
    dataset_digest: Label | None = None
    run_id: Id | None = None


class LogMetric(AboutRun):
    """A point of a metric, perhaps measured of a logged model on a dataset."""

    key: Key
    value: Double
    timestamp: Int64
    step: Int64 = 0
    model_id: Id | None = None
    dataset_name: Label | None = None
    dataset_digest: Label | None = None


class LogBatch(AboutRun):
    """Points, params and tags; all of them are written, or none."""

    metrics: Annotated[tuple[MetricItem, ...], Meta(max_length=MAX_METRICS)] = ()
    params: Annotated[tuple[KeyValue, ...], Meta(max_length=MAX_PARAMS)] = ()
    tags: Annotated[tuple[KeyValue, ...], Meta(max_length=MAX_TAGS)] = ()


class DatasetItem(Message):
    """A dataset; ``source``, ``schema`` and ``profile`` are documents in JSON."""

    name: Key
    digest: Key
    source_type: Label = ""
    source: Value = ""
    schema: Value = ""
    profile: Value = ""


class DatasetInputItem(Message):
    """A dataset that a run used; what for is a tag."""

    tags: Tags = ()
    dataset: DatasetItem


class ModelInputItem(Message):
    """A logged model that a run used."""

    model_id: Id


class LogInputs(AboutRun):
    """What a run used."""

    datasets: Annotated[tuple[DatasetInputItem, ...], Meta(max_length=1000)] = ()
    models: Annotated[tuple[ModelInputItem, ...], Meta(max_length=1000)] = ()


class ModelOutputItem(Message):
    """A logged model that a run made."""

    model_id: Id
    step: Int64 = 0


class LogOutputs(AboutRun):
    """What a run made."""

    models: Annotated[tuple[ModelOutputItem, ...], Meta(max_length=1000)] = ()


class LogModel(AboutRun):
    """A model's MLmodel document, as clients before MLflow 3 log it."""

    model_json: Annotated[str, Meta(min_length=2, max_length=1_000_000)]


def log_metric(services: Services, request: LogMetric) -> Nothing:
    """Log one point."""
    item = MetricItem(
        key=request.key,
        value=request.value,
        timestamp=request.timestamp,
        step=request.step,
        model_id=request.model_id,
        dataset_name=request.dataset_name,
        dataset_digest=request.dataset_digest,
    )
    points = _points(_new(services, request.id, (item,)))
    services.log(request.id, Batch(metrics=points, model_metrics=_of_models((item,))))
    return Nothing()


def log_batch(services: Services, request: LogBatch) -> Nothing:
    """Log points, params and tags together, all or nothing."""
    together = len(request.metrics) + len(request.params) + len(request.tags)
    if together > MAX_TOGETHER:
        raise InvalidInput(
            f"The batch has {together:,} metrics, params and tags; at most {MAX_TOGETHER:,} are taken at once. "
            "Send it in several parts."
        )
    batch = Batch(
        metrics=_points(_new(services, request.id, request.metrics)),
        params=by_key(request.params, "param"),
        tags=by_key(request.tags, "tag"),
        model_metrics=_of_models(request.metrics),
    )
    services.log(request.id, batch)
    return Nothing()


def log_inputs(services: Services, request: LogInputs) -> Nothing:
    """Log the datasets and models that a run used."""
    inputs = tuple(_used(item) for item in request.datasets)
    models = tuple(item.model_id for item in request.models)
    _check_models(services, models)
    services.store.runs.log(request.id, Batch(inputs=inputs, model_inputs=models))
    return Nothing()


def log_outputs(services: Services, request: LogOutputs) -> Nothing:
    """Log the models that a run made."""
    made = tuple(ModelOutput(item.model_id, item.step) for item in request.models)
    _check_models(services, [item.model_id for item in made])
    services.store.runs.log(request.id, Batch(model_outputs=made))
    return Nothing()


def log_model(services: Services, request: LogModel) -> Nothing:
    """Note a model in the run's tag for the history of its models."""
    try:
        model = json.loads(request.model_json)
    except (ValueError, RecursionError):
        raise InvalidInput("'model_json' is no JSON.") from None
    missing = {"artifact_path", "flavors", "run_id", "utc_time_created"} - set(model if isinstance(model, dict) else ())
    if missing:
        raise InvalidInput(f"'model_json' is no MLmodel document: it has no {', '.join(sorted(missing))}.")
    with _history_lock:
        before = _history(services.store.runs.get(request.id).data.tags.get(HISTORY_TAG, "[]"))
        services.store.runs.log(request.id, Batch(tags={HISTORY_TAG: json.dumps([*before, model])}))
    return Nothing()


def _history(text: str) -> list[object]:
    try:
        history = json.loads(text)
    except (ValueError, RecursionError):
        history = None
    if not isinstance(history, list):
        raise InvalidInput(f"The tag {HISTORY_TAG!r} of this run holds no list of models in JSON. Delete the tag.")
    return history


_history_lock = threading.Lock()


def _new(services: Services, run_id: str, items: Sequence[MetricItem]) -> Sequence[MetricItem]:
    """Leave out what the run has: MLflow's client sends a step's points again, to say of which model they are."""
    named = [item for item in items if item.model_id is not None]
    if not named:
        return items
    store = services.store
    latest = {point.key: (point.step, point.timestamp) for point in store.metrics.latest([run_id]).get(run_id, ())}
    # What comes after the latest point is new: a metric without steps isn't read whole for each of its points.
    old = {(item.key, item.step) for item in named if (item.step, item.timestamp) <= latest.get(item.key, _NEVER)}
    logged = {
        _identity(point)
        for key, step in old
        for point in store.metrics.history(run_id, key, start_step=step, end_step=step).points
    }
    return [item for item in items if item.model_id is None or _identity(item) not in logged]


_NEVER = (-math.inf, -math.inf)


def _identity(point: Metric | MetricItem) -> tuple[str, str, int, int]:
    # As text, in which NaN equals itself.
    return point.key, repr(float(point.value)), point.timestamp, point.step


def _points(items: Sequence[MetricItem]) -> tuple[Metric, ...]:
    return tuple([Metric(item.key, float(item.value), item.timestamp, item.step) for item in items])


def _of_models(items: Sequence[MetricItem]) -> tuple[ModelMetric, ...]:
    return tuple(
        ModelMetric(
            model_id=item.model_id,
            key=item.key,
            value=float(item.value),
            timestamp=item.timestamp,
            step=item.step,
            dataset_name=item.dataset_name,
            dataset_digest=item.dataset_digest,
        )
        for item in items
        if item.model_id is not None
    )


def _used(item: DatasetInputItem) -> DatasetInput:
    dataset = Dataset(
        name=item.dataset.name,
        digest=item.dataset.digest,
        source=item.dataset.source,
        source_type=item.dataset.source_type,
        schema_document=item.dataset.schema,
        profile=item.dataset.profile,
    )
    tags = dict(by_key(item.tags, "tag"))
    return DatasetInput(dataset, tags.pop(CONTEXT_TAG, ""), tags)


def _check_models(services: Services, model_ids: Sequence[str]) -> None:
    for model_id in model_ids:
        services.store.models.get(model_id)
