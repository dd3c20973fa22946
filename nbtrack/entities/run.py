from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from nbtrack.entities.artifact import StoredFile
from nbtrack.entities.cell import CellExecution, Environment
from nbtrack.entities.dataset import DatasetInput
from nbtrack.entities.experiment import Lifecycle
from nbtrack.entities.metric import Metric
from nbtrack.entities.model import LoggedModel, ModelMetric, ModelOutput


class RunStatus(str, Enum):
    RUNNING = "RUNNING"
    SCHEDULED = "SCHEDULED"
    FINISHED = "FINISHED"
    FAILED = "FAILED"
    KILLED = "KILLED"

    def __str__(self) -> str:
        return self.value

    @property
    def is_terminal(self) -> bool:
        return self in (RunStatus.FINISHED, RunStatus.FAILED, RunStatus.KILLED)


class RunOrigin(str, Enum):
    """What opened a run, and so what will end it."""

    MANUAL = "manual"
    CELL = "cell"
    FIT = "fit"


@dataclass(frozen=True)
class RunInfo:
    """Times are milliseconds since the epoch."""

    run_id: str
    run_name: str
    experiment_id: str
    status: RunStatus
    start_time: int
    end_time: int | None
    lifecycle_stage: Lifecycle
    artifact_uri: str
    user_id: str = ""

    @property
    def run_uuid(self) -> str:
        return self.run_id


@dataclass(frozen=True)
class RunData:
    """The latest value of each metric; params and tags as they were logged."""

    metrics: Mapping[str, float] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RunInputs:
    """Datasets that a run used, and ids of the logged models that it used."""

    dataset_inputs: tuple[DatasetInput, ...] = ()
    model_inputs: tuple[str, ...] = ()


@dataclass(frozen=True)
class RunOutputs:
    model_outputs: tuple[ModelOutput, ...] = ()


@dataclass(frozen=True)
class Run:
    info: RunInfo
    data: RunData
    inputs: RunInputs = field(default_factory=RunInputs)
    outputs: RunOutputs = field(default_factory=RunOutputs)


@dataclass(frozen=True)
class Batch:
    """What one write adds to a run, all or nothing.

    ``models`` are logged models that the run makes; ``model_outputs`` and ``model_inputs`` name ones that are there
    already. ``cell`` is the execution that makes the run; written again, it is brought up to date. A ``status`` comes
    with its ``ended_at_ms``, None for a run that is open.
    """

    metrics: tuple[Metric, ...] = ()
    params: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    inputs: tuple[DatasetInput, ...] = ()
    models: tuple[LoggedModel, ...] = ()
    environment: Environment | None = None
    cell: CellExecution | None = None
    status: RunStatus | None = None
    ended_at_ms: int | None = None
    model_metrics: tuple[ModelMetric, ...] = ()
    model_inputs: tuple[str, ...] = ()
    model_outputs: tuple[ModelOutput, ...] = ()
    files: tuple[StoredFile, ...] = ()
    """Artifacts of the run that were stored."""

    def __bool__(self) -> bool:
        return any(vars(self).values())


@dataclass(frozen=True)
class NewRun:
    """A run to be created; one that is already over carries its end, status and batch."""

    run_id: str
    name: str
    experiment_id: str
    started_at_ms: int
    origin: RunOrigin = RunOrigin.MANUAL
    user: str = ""
    session_id: str | None = None
    parent_run_id: str | None = None
    group_id: str | None = None
    cell_id: str | None = None
    notebook: str | None = None
    execution_count: int | None = None
    status: RunStatus = RunStatus.RUNNING
    ended_at_ms: int | None = None
    artifact_uri: str | None = None
    """Where its artifacts lie, if not at the store's own place for them."""
    experiment_name: str | None = None
    """Of an experiment that was named while the store was away: it is the active one of this name, or a new one."""
    batch: Batch = field(default_factory=Batch)


@dataclass(frozen=True)
class RunSummary:
    """What a list shows of a run."""

    run_id: str
    name: str
    experiment_id: str
    status: RunStatus
    lifecycle: Lifecycle
    started_at_ms: int
    ended_at_ms: int | None
    origin: RunOrigin
    parent_run_id: str | None
    group_id: str | None
    attempt: int
    notebook: str | None
    cell_id: str | None
    execution_count: int | None
    seq: int
    metrics: Mapping[str, float] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    param_count: int = 0
    model_count: int = 0
    dataset_count: int = 0
