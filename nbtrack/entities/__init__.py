"""The words of nbtrack as frozen values; see the product's glossary."""

from nbtrack.entities.artifact import StoredFile
from nbtrack.entities.cell import CellExecution, Environment, Session
from nbtrack.entities.dataset import ColumnSchema, Dataset, DatasetInput
from nbtrack.entities.experiment import Experiment, Lifecycle
from nbtrack.entities.key_value import Param, RunTag
from nbtrack.entities.metric import (
    SYSTEM_METRICS,
    Metric,
    MetricHistory,
    MetricSummary,
    is_lower_better,
    telling_metrics,
)
from nbtrack.entities.metric_columns import metric_columns
from nbtrack.entities.model import (
    LoggedModel,
    ModelMetric,
    ModelOutput,
    ModelStatus,
    ModelVersion,
    RegisteredModel,
    Stage,
)
from nbtrack.entities.numbers import format_number, json_number
from nbtrack.entities.paged import PagedList
from nbtrack.entities.run import (
    Batch,
    NewRun,
    Run,
    RunData,
    RunInfo,
    RunInputs,
    RunOrigin,
    RunOutputs,
    RunStatus,
    RunSummary,
)
from nbtrack.entities.view_type import ViewType

__all__ = [
    "SYSTEM_METRICS",
    "Batch",
    "CellExecution",
    "ColumnSchema",
    "Dataset",
    "DatasetInput",
    "Environment",
    "Experiment",
    "Lifecycle",
    "LoggedModel",
    "Metric",
    "MetricHistory",
    "MetricSummary",
    "ModelMetric",
    "ModelOutput",
    "ModelStatus",
    "ModelVersion",
    "NewRun",
    "PagedList",
    "Param",
    "RegisteredModel",
    "Run",
    "RunData",
    "RunInfo",
    "RunInputs",
    "RunOrigin",
    "RunOutputs",
    "RunStatus",
    "RunSummary",
    "RunTag",
    "Session",
    "Stage",
    "StoredFile",
    "ViewType",
    "format_number",
    "is_lower_better",
    "json_number",
    "metric_columns",
    "telling_metrics",
]
