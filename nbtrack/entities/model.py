from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from nbtrack.entities.experiment import Lifecycle


class ModelStatus(str, Enum):
    """How far the files of a logged model, or of a model version, have come."""

    PENDING = "PENDING"
    READY = "READY"
    FAILED = "FAILED"

    def __str__(self) -> str:
        return self.value


class Stage(str, Enum):
    """Where a model version stands: what aliases have taken the place of, and clients still ask for."""

    NONE = "None"
    STAGING = "Staging"
    PRODUCTION = "Production"
    ARCHIVED = "Archived"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True)
class ModelMetric:
    """A metric's value for a model, measured in a run and perhaps on a dataset; time in milliseconds."""

    model_id: str
    key: str
    value: float
    timestamp: int
    step: int = 0
    run_id: str | None = None
    dataset_name: str | None = None
    dataset_digest: str | None = None


@dataclass(frozen=True)
class LoggedModel:
    """A model that was logged: a folder ``path`` among its run's artifacts, or, without a path, a place of its own.

    ``model_id`` owns the artifacts of the latter. Times are milliseconds since the epoch.
    """

    model_id: str
    run_id: str | None
    path: str
    name: str
    flavor: str
    size_bytes: int
    created_at_ms: int
    signature: str | None = None
    experiment_id: str | None = None
    """None: that of the run."""
    model_type: str = ""
    status: ModelStatus = ModelStatus.READY
    status_message: str = ""
    updated_at_ms: int | None = None
    lifecycle: Lifecycle = Lifecycle.ACTIVE
    artifact_uri: str | None = None
    """Where its artifacts lie, if not at the store's own place for them."""
    params: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    metrics: tuple[ModelMetric, ...] = ()

    @property
    def model_uri(self) -> str:
        return f"runs:/{self.run_id}/{self.path}" if self.path else f"models:/{self.model_id}"

    @property
    def source_run_id(self) -> str | None:
        """The run, under MLflow's name."""
        return self.run_id

    @property
    def creation_timestamp(self) -> int:
        return self.created_at_ms

    @property
    def last_updated_timestamp(self) -> int:
        return self.created_at_ms if self.updated_at_ms is None else self.updated_at_ms


@dataclass(frozen=True)
class ModelOutput:
    """A model that a run made, at a step."""

    model_id: str
    step: int = 0


@dataclass(frozen=True)
class ModelVersion:
    """A version of a registered model; ``source`` is the URI that it was registered from."""

    name: str
    version: str
    source: str
    run_id: str | None
    creation_timestamp: int
    description: str = ""
    last_updated_timestamp: int = 0
    user_id: str = ""
    run_link: str = ""
    model_id: str | None = None
    current_stage: Stage = Stage.NONE
    status: ModelStatus = ModelStatus.READY
    status_message: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class RegisteredModel:
    """A name with its versions, the newest first; ``aliases`` maps an alias to a version."""

    name: str
    creation_timestamp: int
    last_updated_timestamp: int
    description: str = ""
    versions: tuple[ModelVersion, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)

    @property
    def latest_versions(self) -> tuple[ModelVersion, ...]:
        """The newest version of each stage."""
        latest: dict[Stage, ModelVersion] = {}
        for version in self.versions:
            latest.setdefault(version.current_stage, version)
        return tuple(latest.values())
