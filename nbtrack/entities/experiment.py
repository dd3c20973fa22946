from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class Lifecycle(str, Enum):
    ACTIVE = "active"
    DELETED = "deleted"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True)
class Experiment:
    """A named collection of runs. Times are milliseconds since the epoch."""

    experiment_id: str
    name: str
    lifecycle_stage: Lifecycle
    creation_time: int
    last_update_time: int
    artifact_location: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
