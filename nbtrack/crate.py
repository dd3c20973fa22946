"""Functions of R as models: crates, under the names that MLflow's users know."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbtrack.flavors import PyFuncModel, load_pyfunc
from nbtrack.flavors.crate import RFunction
from nbtrack.frameworks import Framework

__all__ = ["RFunction", "load_model", "log_model", "save_model"]

_framework = Framework("crate")
save_model, log_model, load_model = _framework.save_model, _framework.log_model, _framework.load_model


def _load_pyfunc(path: str, model_config: Mapping[str, Any] | None = None) -> PyFuncModel:
    """Answer MLflow, which calls this for models that say so; ``path`` is the crate in the model's folder."""
    return load_pyfunc(Path(path).parent, model_config)
