"""Evaluate a model, or predictions that were made before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbtrack.evaluation.artifact import Artifact, Plot, Table
from nbtrack.evaluation.class_metrics import classification_metrics, per_class_metrics
from nbtrack.evaluation.classification import Classification, checked_classification
from nbtrack.evaluation.model_type import checked_model_type, guess_model_type
from nbtrack.evaluation.prediction import model_score, predict, unwrapped
from nbtrack.evaluation.regression import checked_regression, regression_metrics
from nbtrack.evaluation.result import EvaluationResult
from nbtrack.evaluation.sample import Sample, checked_values, split_sample

if TYPE_CHECKING:
    from nbtrack.evaluation.sample import Array


def evaluate_model(
    model: Any,
    data: Any,
    targets: Any,
    *,
    model_type: str | None = None,
    positive_label: Any = None,
    explain: bool = True,
) -> EvaluationResult:
    """Evaluate a model on labelled data.

    Parameters
    ----------
    model
        Anything with ``predict(features)``; ``predict_proba``, ``classes_`` and ``score`` are used when
        they are there. A python_function is unwrapped where it holds a scikit-learn estimator.
    data
        A frame, or an array of (rows, columns).
    targets
        The name of a column of ``data``, or the true values themselves, (rows,).
    model_type
        "classifier" or "regressor"; by default what `guess_model_type` says.
    positive_label
        Which of two classes is the positive one; by default the last in sorted order.
    explain
        Whether to add feature importances and SHAP.

    Raises
    ------
    EvaluationError
        The data or the model can't be evaluated; the message says what to do.
    """
    sample = split_sample(data, targets)
    native, features = unwrapped(model, sample.features)
    sample = Sample(features, sample.targets)
    kind = checked_model_type(model_type or guess_model_type(sample.targets, native))
    predicted = predict(native, sample.features, model_type=kind)
    names: list[str] = []
    position: int | None = None
    target_name = targets if isinstance(targets, str) else "target"
    if kind == "regressor":
        result = _evaluate_regressor(sample.targets, predicted.values, target_name)
    else:
        outcome = checked_classification(
            sample.targets, predicted.values,
            probabilities=predicted.probabilities, classes=predicted.classes, positive=positive_label,
        )  # fmt: skip
        result = _evaluate_classifier(outcome)
        names, position = _explained_classes(outcome, predicted.classes)
    score = model_score(native, sample)
    if score is not None:
        result.metrics["score"] = score
    if not explain:
        return result
    from nbtrack.evaluation.feature_artifacts import own_importances, shap_artifacts

    explained, warnings = shap_artifacts(native, sample.features, classes=names, positive_position=position)
    artifacts = result.artifacts | own_importances(native, sample.features) | explained
    return EvaluationResult(kind, result.metrics, artifacts, (*result.warnings, *warnings))


def evaluate_predictions(
    targets: Any,
    predictions: Any,
    *,
    probabilities: Any = None,
    classes: Any = None,
    model_type: str | None = None,
    positive_label: Any = None,
) -> EvaluationResult:
    """Evaluate predictions that were made before.

    Parameters
    ----------
    targets, predictions
        True and predicted values, (rows,).
    probabilities
        Of a classifier: (rows, classes), or (rows,) of the positive class when there are two.
    classes
        Labels in the order of the columns of ``probabilities``; by default the sorted labels that occur.
    model_type, positive_label
        As in `evaluate_model`; probabilities mean a classifier.

    Raises
    ------
    EvaluationError
        The values can't be evaluated; the message says what to do.
    """
    import numpy as np

    from nbtrack.errors import EvaluationError

    y, predicted = checked_values(targets, what="targets"), checked_values(predictions, what="predictions")
    if len(y) != len(predicted):
        raise EvaluationError(f"There are {len(y)} targets but {len(predicted)} predictions.")
    guessed = "classifier" if probabilities is not None else guess_model_type(y)
    if checked_model_type(model_type or guessed) == "regressor":
        return _evaluate_regressor(y, predicted, "target")
    named = None if classes is None else np.asarray(classes)
    outcome = checked_classification(y, predicted, probabilities=probabilities, classes=named, positive=positive_label)
    return _evaluate_classifier(outcome)


def _evaluate_regressor(targets: Array, predictions: Array, target_name: str) -> EvaluationResult:
    from nbtrack.evaluation.plots import regressor_plots

    outcome = checked_regression(targets, predictions)
    metrics, warnings = regression_metrics(outcome)
    figures = regressor_plots(outcome, target_name)
    return EvaluationResult("regressor", metrics, _plots(figures), tuple(warnings))


def _evaluate_classifier(outcome: Classification) -> EvaluationResult:
    from nbtrack.evaluation.plots import classifier_plots

    metrics, warnings = classification_metrics(outcome)
    artifacts = _plots(classifier_plots(outcome))
    artifacts["per_class_metrics"] = Table("per_class_metrics", per_class_metrics(outcome))
    return EvaluationResult("classifier", metrics, artifacts, tuple(warnings))


def _plots(figures: dict[str, Any]) -> dict[str, Artifact]:
    return {name: Plot(name, figure) for name, figure in figures.items()}


def _explained_classes(outcome: Classification, classes: Array | None) -> tuple[list[str], int | None]:
    """Name the model's classes in its order, and the position of the positive one of two."""
    if classes is None:
        return [], None
    from nbtrack.evaluation.plots.style import class_name

    position = classes.tolist().index(outcome.positive) if outcome.is_binary and len(classes) == 2 else None
    return [class_name(label) for label in classes], position
