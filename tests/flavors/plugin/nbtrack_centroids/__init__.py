"""centroids in nbtrack: ``nbtrack_centroids.log_model`` and its like. The flavor itself is found by its entry point."""

from pathlib import Path
from typing import Any

from nbtrack.frameworks import Framework
from nbtrack_centroids.flavor import read_model

__all__ = ["autolog", "load_model", "log_model", "save_model"]

_framework = Framework("centroids")
save_model, log_model = _framework.save_model, _framework.log_model
load_model, autolog = _framework.load_model, _framework.autolog


def _load_pyfunc(path: str) -> Any:
    """Load the model for MLflow, which finds this by the ``loader_module`` and wants something with ``predict``."""
    return read_model(Path(path))
