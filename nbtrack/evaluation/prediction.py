"""Asking a model for predictions, whichever way it was saved and loaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from nbtrack.errors import EvaluationError
from nbtrack.evaluation.sample import Sample, checked_values

if TYPE_CHECKING:
    from nbtrack.evaluation.model_type import ModelType
    from nbtrack.evaluation.sample import Array


@runtime_checkable
class Predicting(Protocol):
    """What can be evaluated. ``predict_proba``, ``classes_`` and ``score`` are used when they are there."""

    def predict(self, X: Any, /) -> Any:
        """Return one value for each row."""


@dataclass(frozen=True)
class Predicted:
    """Predictions (rows,), probabilities (rows, classes) and the classes in the order of their columns."""

    values: Array
    probabilities: Array | None = None
    classes: Array | None = None


def unwrapped(model: object, features: Any) -> tuple[Any, Any]:
    """Return the scikit-learn estimator inside a python_function, and the features as it wants them.

    The estimator alone knows probabilities and classes. The python_function's signature is applied here, so that
    columns in another order, or more of them, don't matter. Every other model stays as it is.
    """
    from sklearn.base import BaseEstimator

    from nbtrack.flavors import PyFuncModel
    from nbtrack.models import enforce_schema

    native: object = model
    if isinstance(model, PyFuncModel):
        native = model.get_raw_model()
        if not isinstance(native, BaseEstimator):
            return model, features
        schema = model.metadata.get_input_schema()
        features = features if schema is None else enforce_schema(features, schema)
    return native, _without_names(native, features)


def _without_names(model: object, features: Any) -> Any:
    """Drop column names for an estimator that was fitted without them, which scikit-learn would warn about."""
    from sklearn.base import BaseEstimator

    if not isinstance(model, BaseEstimator) or not hasattr(features, "columns"):
        return features
    was_fitted_on_array = hasattr(model, "n_features_in_") and not hasattr(model, "feature_names_in_")
    return features.to_numpy() if was_fitted_on_array else features


def predict(model: Any, features: Any, *, model_type: ModelType) -> Predicted:
    """Predict each row.

    Raises
    ------
    EvaluationError
        The model has no ``predict``, or refuses this data.
    """
    if not isinstance(model, Predicting):
        raise EvaluationError(
            f"A {type(model).__name__} has no predict method. "
            "Compute the predictions yourself and call `evaluate_predictions(targets, predictions)`."
        )
    values = checked_values(_call(model.predict, features), what="predictions")
    if model_type == "regressor" or not hasattr(model, "predict_proba"):
        return Predicted(values, classes=_classes(model))
    return Predicted(values, _call(model.predict_proba, features), _classes(model))


def model_score(model: Any, sample: Sample) -> float | None:
    """Return what the model's own ``score`` says, or None where it has none or can't tell."""
    if not hasattr(model, "score"):
        return None
    import math
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # such as r2 of a single row, which the metrics report in words
        try:
            value = float(model.score(sample.features, sample.targets))
        except (TypeError, ValueError, AttributeError):
            return None  # clustering models and custom scorers have scores of another kind
    return value if math.isfinite(value) else None


def _call(method: Any, features: Any) -> Any:
    try:
        return method(features)
    except Exception as error:
        raise EvaluationError(f"The model can't predict this data: {type(error).__name__}: {error}") from error


def _classes(model: Any) -> Array | None:
    import numpy as np

    classes = getattr(model, "classes_", None)
    array = None if classes is None else np.asarray(classes)
    return array if array is not None and array.ndim == 1 else None
