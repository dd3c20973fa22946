"""scikit-learn models under the names that MLflow's users know."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbtrack.tracking import models as tracked
from nbtrack.tracking.models import ModelInfo

if TYPE_CHECKING:
    from nbtrack.models import Model

__all__ = ["autolog", "load_model", "log_model", "save_model"]


def save_model(sk_model: Any, path: str | Path, **options: Any) -> Model:
    """Save an estimator to a folder; ``options`` are those of ``nbtrack.flavors.save_model``."""
    from nbtrack.flavors import save_model

    return save_model(sk_model, path, **options)


def log_model(sk_model: Any, artifact_path: str = "model", **options: Any) -> ModelInfo:
    """Save an estimator among the artifacts of the active run; see ``nbtrack.tracking.models.log_model``."""
    return tracked.log_model(sk_model, artifact_path, **options)


def load_model(model_uri: str) -> Any:
    """Load an estimator from a path, ``runs:/RUN_ID/PATH`` or ``models:/NAME/VERSION``."""
    return tracked.load_native_model(model_uri)


def autolog(disable: bool = False, **options: Any) -> None:
    """Make a run of every outermost fit; see ``nbtrack.autolog``."""
    from nbtrack.autolog import autolog

    autolog(disable, **options)
