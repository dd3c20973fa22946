from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TypeAlias

from nbtrack.entities import Dataset, DatasetInput, Metric, Run, RunInfo, json_number
from nbtrack.rest.documents.base import Document, TagDocument, tag_documents

CONTEXT_TAG = "mlflow.data.context"
"""The tag of a dataset input in which MLflow keeps what the run used it for."""
Number: TypeAlias = float | str


class MetricDocument(Document):
    """A point of a metric; NaN and the infinities are text."""

    key: str
    value: Number
    timestamp: int
    step: int
    run_id: str = ""


class RunInfoDocument(Document):
    """What a run is; times are milliseconds since the epoch."""

    run_id: str
    run_uuid: str
    run_name: str
    experiment_id: str
    user_id: str
    status: str
    start_time: int
    end_time: int | None = None
    artifact_uri: str
    lifecycle_stage: str


class RunDataDocument(Document):
    """What was logged to a run: the latest point of each metric."""

    metrics: tuple[MetricDocument, ...] = ()
    params: tuple[TagDocument, ...] = ()
    tags: tuple[TagDocument, ...] = ()


class DatasetDocument(Document):
    """A dataset; ``source``, ``schema`` and ``profile`` are documents in JSON."""

    name: str
    digest: str
    source_type: str
    source: str
    schema: str = ""
    profile: str = ""


class DatasetInputDocument(Document):
    """A dataset that a run used; what for is a tag."""

    tags: tuple[TagDocument, ...] = ()
    dataset: DatasetDocument


class ModelInputDocument(Document):
    """A logged model that a run used."""

    model_id: str


class ModelOutputDocument(Document):
    """A logged model that a run made."""

    model_id: str
    step: int


class RunInputsDocument(Document):
    """What a run used."""

    dataset_inputs: tuple[DatasetInputDocument, ...] = ()
    model_inputs: tuple[ModelInputDocument, ...] = ()


class RunOutputsDocument(Document):
    """What a run made."""

    model_outputs: tuple[ModelOutputDocument, ...] = ()


class RunDocument(Document):
    """A run with all that was logged to it, but the histories of its metrics."""

    info: RunInfoDocument
    data: RunDataDocument
    inputs: RunInputsDocument
    outputs: RunOutputsDocument | None = None


def metric_document(point: Metric, *, run_id: str = "") -> MetricDocument:
    return MetricDocument(
        key=point.key, value=json_number(point.value), timestamp=point.timestamp, step=point.step, run_id=run_id
    )


def run_info_document(info: RunInfo, artifact_uri: str) -> RunInfoDocument:
    return RunInfoDocument(
        run_id=info.run_id,
        run_uuid=info.run_id,
        run_name=info.run_name,
        experiment_id=info.experiment_id,
        user_id=info.user_id,
        status=info.status.value,
        start_time=info.start_time,
        end_time=info.end_time,
        artifact_uri=artifact_uri,
        lifecycle_stage=info.lifecycle_stage.value,
    )


def run_document(run: Run, latest: Sequence[Metric], artifact_uri: str) -> RunDocument:
    """Make the document of a run; ``latest`` has the latest point of each of its metrics."""
    outputs = tuple(ModelOutputDocument(model_id=made.model_id, step=made.step) for made in run.outputs.model_outputs)
    return RunDocument(
        info=run_info_document(run.info, artifact_uri),
        data=RunDataDocument(
            metrics=tuple(map(metric_document, latest)),
            params=tag_documents(run.data.params),
            tags=tag_documents(run.data.tags),
        ),
        inputs=RunInputsDocument(
            dataset_inputs=tuple(map(_input_document, run.inputs.dataset_inputs)),
            model_inputs=tuple(ModelInputDocument(model_id=model_id) for model_id in run.inputs.model_inputs),
        ),
        outputs=RunOutputsDocument(model_outputs=outputs) if outputs else None,
    )


def _input_document(used: DatasetInput) -> DatasetInputDocument:
    tags = {CONTEXT_TAG: used.context} if used.context else {}
    return DatasetInputDocument(tags=tag_documents(tags | dict(used.tags)), dataset=_dataset_document(used.dataset))


def _dataset_document(dataset: Dataset) -> DatasetDocument:
    source_type, source = _source_of(dataset)
    return DatasetDocument(
        name=dataset.name,
        digest=dataset.digest,
        source_type=source_type,
        source=source,
        schema=dataset.schema_document or _schema_of(dataset),
        profile=dataset.profile or (json.dumps({"shape": dataset.shape}) if dataset.shape else ""),
    )


def _source_of(dataset: Dataset) -> tuple[str, str]:
    if dataset.source_type:
        return dataset.source_type, dataset.source
    return ("local", json.dumps({"uri": dataset.source})) if dataset.source else ("code", "{}")


def _schema_of(dataset: Dataset) -> str:
    if not dataset.columns:
        return ""
    columns = [{"type": column.type, "name": column.name, "required": True} for column in dataset.columns]
    return json.dumps({"mlflow_colspec": columns})
