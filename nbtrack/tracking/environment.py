from __future__ import annotations

from nbtrack.lineage import describe_environment
from nbtrack.tracking.workspace import store_of


def record_environment(run_id: str) -> None:
    """Record what this process runs in as the environment of a run."""
    store_of(run_id).sessions.record_environment(run_id, describe_environment())
