from __future__ import annotations

from nbtrack.entities import Batch
from nbtrack.lineage import describe_environment
from nbtrack.tracking.log import append


def record_environment(run_id: str) -> None:
    """Record what this process runs in as the environment of a run."""
    append(run_id, Batch(environment=describe_environment()))
