"""scikit-learn: skops where it serves, signed cloudpickle for the rest."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbtrack.errors import InvalidInput
from nbtrack.flavors.estimator_files import read_estimator, write_estimator
from nbtrack.flavors.protocol import FlavorConfig, Predictor


class SklearnFlavor:
    """Saves estimators, pipelines and whatever derives from them."""

    name = "sklearn"

    def save(self, model: Any, directory: Path) -> FlavorConfig:
        import sklearn

        file = write_estimator(model, directory)
        own = {"pickled_model": file.name, "sklearn_version": sklearn.__version__, "code": None}
        section = {**own, **file.section}
        pyfunc = {
            "loader_module": "mlflow.sklearn",
            "model_path": file.name,
            "predict_fn": "predict",
            "python_version": platform.python_version(),
        }
        needed = file.packages | {"sklearn", "numpy", "scipy"} | ({"pandas"} if _knows_frames(model) else set())
        return FlavorConfig(section, pyfunc if hasattr(model, "predict") else None, needed)

    def load(self, directory: Path, config: FlavorConfig) -> Any:
        return read_estimator(directory, config.section.get("pickled_model"), config.section)

    def predictor(self, model: Any, config: FlavorConfig) -> Predictor:
        method = (config.pyfunc or {}).get("predict_fn") or "predict"
        if not hasattr(model, method):
            raise InvalidInput(f"This {type(model).__name__} has no {method}(), so it can't be used for predictions.")

        def predict(given: Any, params: Mapping[str, Any]) -> Any:
            return getattr(model, method)(given, **params)

        return predict


def _knows_frames(model: Any) -> bool:
    # Asking some meta-estimators before they are fitted raises.
    try:
        return hasattr(model, "feature_names_in_")
    except (AttributeError, ValueError, IndexError):
        return False
