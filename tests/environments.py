"""What processes that tests start inherit."""

from __future__ import annotations

import os


def without_trackers() -> dict[str, str]:
    """Return this process's environment without what says where, and as whom, to track: other tests set that."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("NBTRACK_", "MLFLOW_"))}
    return inherited | {"MLFLOW_DISABLE_TELEMETRY": "true"}
