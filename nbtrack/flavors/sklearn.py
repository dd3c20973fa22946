"""scikit-learn: skops where it serves, signed cloudpickle for the rest."""

from __future__ import annotations

import platform
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from nbtrack.errors import InvalidInput, MalformedModel
from nbtrack.flavors.pickling import inner_path, read_pickle, write_pickle
from nbtrack.flavors.protocol import FlavorConfig, Predictor
from nbtrack.flavors.skops_types import REVIEWED
from nbtrack.models import require_trust

_SKOPS = "model.skops"
_PICKLE = "model.pkl"
_DAMAGED = (BadZipFile, KeyError, ValueError, TypeError, AttributeError, ImportError, EOFError, OSError)


class SklearnFlavor:
    """Saves estimators, pipelines and whatever derives from them."""

    name = "sklearn"

    def save(self, model: Any, directory: Path) -> FlavorConfig:
        import sklearn

        _warn_if_unfitted(model)
        trusted = _write_skops(model, directory / _SKOPS)
        if trusted is None:
            file, packages = _PICKLE, write_pickle(model, directory / _PICKLE)
        else:
            file, packages = _SKOPS, frozenset({"skops"})
        section = {
            "pickled_model": file,
            "sklearn_version": sklearn.__version__,
            "serialization_format": "cloudpickle" if trusted is None else "skops",
            "code": None,
        }
        if trusted is not None:
            section["skops_trusted_types"] = trusted or None
        pyfunc = {
            "loader_module": "mlflow.sklearn",
            "model_path": file,
            "predict_fn": "predict",
            "python_version": platform.python_version(),
        }
        needed = packages | {"sklearn", "numpy", "scipy"} | ({"pandas"} if _knows_frames(model) else set())
        return FlavorConfig(section, pyfunc if hasattr(model, "predict") else None, needed)

    def load(self, directory: Path, config: FlavorConfig) -> Any:
        file = config.section.get("pickled_model")
        if config.section.get("serialization_format") != "skops":
            inner_path(directory, file)
            return read_pickle(directory, str(file))
        return _read_skops(directory, str(file))

    def predictor(self, model: Any, config: FlavorConfig) -> Predictor:
        method = (config.pyfunc or {}).get("predict_fn") or "predict"
        if not hasattr(model, method):
            raise InvalidInput(f"This {type(model).__name__} has no {method}(), so it can't be used for predictions.")

        def predict(given: Any, params: Mapping[str, Any]) -> Any:
            return getattr(model, method)(given, **params)

        return predict


def _warn_if_unfitted(model: Any) -> None:
    from sklearn.exceptions import NotFittedError
    from sklearn.utils.validation import check_is_fitted

    try:
        check_is_fitted(model)
    except NotFittedError:
        warnings.warn(
            f"This {type(model).__name__} is not fitted yet: it is saved as it is, and predicting with it will fail.",
            stacklevel=5,
        )
    except TypeError:
        pass  # not every object of scikit-learn can be fitted


def _knows_frames(model: Any) -> bool:
    # Asking some meta-estimators before they are fitted raises.
    try:
        return hasattr(model, "feature_names_in_")
    except (AttributeError, ValueError, IndexError):
        return False


def _write_skops(model: Any, path: Path) -> list[str] | None:
    """Write a skops file and return the reviewed types that a reader must trust; None where skops doesn't serve."""
    import skops.io
    from skops.io.exceptions import UnsupportedTypeException

    try:
        skops.io.dump(model, path)
        unknown = list(skops.io.get_untrusted_types(file=path))
    except (UnsupportedTypeException, *_DAMAGED, NotImplementedError, RecursionError):
        # What skops can't write the pickle can, or says why not.
        unknown = ["unsupported"]
    if set(unknown) <= set(REVIEWED):
        return sorted(unknown)
    path.unlink(missing_ok=True)
    return None


def _read_skops(directory: Path, file: str) -> Any:
    import skops.io
    from skops.io.exceptions import UntrustedTypesFoundException

    path = inner_path(directory, file)
    try:
        try:
            return skops.io.load(path, trusted=list(REVIEWED))
        except UntrustedTypesFoundException:
            unknown = list(skops.io.get_untrusted_types(file=path))
            names = ", ".join(sorted(set(unknown) - set(REVIEWED)))
            require_trust(directory, f"objects of types that nobody reviewed ({names})")
            return skops.io.load(path, trusted=unknown)
    except _DAMAGED as error:
        raise MalformedModel(f"{path} is no whole skops file: {error}") from error
