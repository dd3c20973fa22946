"""What the server answers, in MLflow's words. Empty fields are left out, as its protocol does."""

from nbtrack.rest.documents.base import Document, Nothing, TagDocument, tag_documents
from nbtrack.rest.documents.experiments import ExperimentDocument, experiment_document
from nbtrack.rest.documents.logged_models import LoggedModelDocument, logged_model_document
from nbtrack.rest.documents.registry import (
    ModelVersionDocument,
    RegisteredModelDocument,
    registered_model_document,
    version_document,
)
from nbtrack.rest.documents.runs import (
    CONTEXT_TAG,
    MetricDocument,
    RunDocument,
    RunInfoDocument,
    metric_document,
    run_document,
    run_info_document,
)

__all__ = [
    "CONTEXT_TAG",
    "Document",
    "ExperimentDocument",
    "LoggedModelDocument",
    "MetricDocument",
    "ModelVersionDocument",
    "Nothing",
    "RegisteredModelDocument",
    "RunDocument",
    "RunInfoDocument",
    "TagDocument",
    "experiment_document",
    "logged_model_document",
    "metric_document",
    "registered_model_document",
    "run_document",
    "run_info_document",
    "tag_documents",
    "version_document",
]
