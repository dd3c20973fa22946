"""The two kinds of model that can be evaluated, and how to tell which one is meant."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias, cast, get_args

from nbtrack.errors import EvaluationError

ModelType: TypeAlias = Literal["classifier", "regressor"]

MAX_GUESSED_CLASSES = 20
"""Whole numbers with more distinct values than this are taken for a quantity."""


def checked_model_type(model_type: str) -> ModelType:
    """Return the model type, or raise `EvaluationError` for any other word."""
    if model_type not in get_args(ModelType):
        raise EvaluationError(
            f"model_type is {model_type!r}; use 'classifier' for labels or 'regressor' for quantities, "
            "or leave it out to have it guessed."
        )
    return cast("ModelType", model_type)


def guess_model_type(targets: Any, predictor: object | None = None) -> ModelType:
    """Tell whether a classifier or a regressor is to be evaluated.

    Parameters
    ----------
    targets
        The true values, one-dimensional.
    predictor
        The model. What it says of itself wins over what the targets look like.

    Returns
    -------
    ModelType
        Without a word from the model: text, booleans and categories mean a classifier; fractions mean a
        regressor; whole numbers mean a classifier when at most 20 distinct values occur, each of them
        more than once on average.
    """
    if predictor is not None:
        declared = _declared_type(predictor)
        if declared is not None:
            return declared
    import numpy as np

    values = np.asarray(targets)
    if values.dtype.kind not in "iuf":
        return "classifier"
    values = values[np.isfinite(values)]
    distinct = np.unique(values)
    if np.any(distinct != np.floor(distinct)):
        return "regressor"
    is_repeated = len(distinct) <= min(MAX_GUESSED_CLASSES, len(values) // 2)
    return "classifier" if is_repeated else "regressor"


def _declared_type(predictor: object) -> ModelType | None:
    from sklearn.base import BaseEstimator, is_classifier, is_regressor

    if isinstance(predictor, BaseEstimator):
        if is_classifier(predictor):
            return "classifier"
        if is_regressor(predictor):
            return "regressor"
    if hasattr(predictor, "predict_proba"):
        return "classifier"
    return None
