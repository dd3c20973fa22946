from __future__ import annotations

from nbtrack.entities import LoggedModel, ModelMetric, json_number
from nbtrack.rest.documents.base import Document, TagDocument, tag_documents
from nbtrack.rest.documents.runs import Number

STATUS_PREFIX = "LOGGED_MODEL_"


class ModelMetricDocument(Document):
    """A metric of a model, measured in a run and perhaps on a dataset."""

    key: str
    value: Number
    timestamp: int
    step: int
    model_id: str
    run_id: str = ""
    dataset_name: str = ""
    dataset_digest: str = ""


class LoggedModelInfoDocument(Document):
    """What a logged model is; times are milliseconds since the epoch."""

    model_id: str
    experiment_id: str
    name: str
    creation_timestamp_ms: int
    last_updated_timestamp_ms: int
    artifact_uri: str
    status: str
    status_message: str = ""
    model_type: str = ""
    source_run_id: str = ""
    tags: tuple[TagDocument, ...] = ()


class LoggedModelDataDocument(Document):
    """What is known of a logged model."""

    params: tuple[TagDocument, ...] = ()
    metrics: tuple[ModelMetricDocument, ...] = ()


class LoggedModelDocument(Document):
    """A logged model."""

    info: LoggedModelInfoDocument
    data: LoggedModelDataDocument


def logged_model_document(model: LoggedModel, artifact_uri: str) -> LoggedModelDocument:
    return LoggedModelDocument(
        info=LoggedModelInfoDocument(
            model_id=model.model_id,
            experiment_id=model.experiment_id or "",
            name=model.name,
            creation_timestamp_ms=model.created_at_ms,
            last_updated_timestamp_ms=model.updated_at_ms or model.created_at_ms,
            artifact_uri=artifact_uri,
            status=STATUS_PREFIX + ("UPLOAD_FAILED" if model.status.value == "FAILED" else model.status.value),
            status_message=model.status_message,
            model_type=model.model_type,
            source_run_id=model.run_id or "",
            tags=tag_documents(model.tags),
        ),
        data=LoggedModelDataDocument(
            params=tag_documents(model.params), metrics=tuple(map(_metric_document, model.metrics))
        ),
    )


def _metric_document(measured: ModelMetric) -> ModelMetricDocument:
    return ModelMetricDocument(
        key=measured.key,
        value=json_number(measured.value),
        timestamp=measured.timestamp,
        step=measured.step,
        model_id=measured.model_id,
        run_id=measured.run_id or "",
        dataset_name=measured.dataset_name or "",
        dataset_digest=measured.dataset_digest or "",
    )
