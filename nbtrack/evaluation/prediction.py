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

    def predict(self, X: Any, /) -> Any:  # noqa: N803 - scikit-learn's name
        """Return one value for each row."""


@dataclass(frozen=True)
class Predicted:
    """Predictions (rows,), probabilities (rows, classes) and the classes in the order of their columns."""

    values: Array
    probabilities: Array | None = None
    classes: Array | None = None


def native_model(model: object) -> Any:
    """Return the model that a python_function wraps, which alone knows probabilities and classes."""
    unwrap = getattr(model, "get_raw_model", None)
    native = unwrap() if callable(unwrap) else model
    return native if isinstance(native, Predicting) else model


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
