"""Metrics of classifiers, under MLflow's names and with scikit-learn's values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from nbtrack.evaluation.classification import Classification
    from nbtrack.evaluation.sample import Array

_OF_PROBABILITIES = "roc_auc, precision_recall_auc and log_loss are left out"


def classification_metrics(outcome: Classification) -> tuple[dict[str, float], list[str]]:
    """Compute the metrics and what has to be said about them.

    Notes
    -----
    Two classes: precision, recall and F1 are those of the positive class. More classes: averages
    weighted by support, and ``roc_auc`` is one-vs-rest (scikit-learn user guide, "Classification
    metrics"). ``precision_recall_auc`` is the trapezoidal area, as MLflow has it, not average precision.
    """
    from sklearn import metrics as sk

    y, predicted = outcome.targets, outcome.predictions
    averaged: dict[str, Any] = {"average": "weighted", "zero_division": 0}
    if outcome.is_binary:
        y, predicted = y == outcome.positive, predicted == outcome.positive
        averaged = {"average": "binary", "zero_division": 0}
    values = {
        "example_count": len(y),
        "accuracy_score": sk.accuracy_score(y, predicted),
        "recall_score": sk.recall_score(y, predicted, **averaged),
        "precision_score": sk.precision_score(y, predicted, **averaged),
        "f1_score": sk.f1_score(y, predicted, **averaged),
    }
    if outcome.is_binary:
        values |= _counts(y, predicted)
    of_probabilities, warnings = _probability_metrics(outcome)
    values |= of_probabilities
    return {name: float(value) for name, value in values.items()}, _unpredicted(outcome) + warnings


def per_class_metrics(outcome: Classification) -> pd.DataFrame:
    """One row for each class against the rest; areas are NaN where they are not defined."""
    import pandas as pd

    rows = [_class_row(outcome, position) for position in range(len(outcome.classes))]
    frame: pd.DataFrame = pd.DataFrame(rows)
    return frame


def _class_row(outcome: Classification, position: int) -> dict[str, Any]:
    from sklearn import metrics as sk

    label = outcome.classes[position]
    y, predicted = outcome.targets == label, outcome.predictions == label
    row = {"positive_class": label} | _counts(y, predicted)
    row |= {
        "example_count": len(y),
        "support": int(y.sum()),
        "accuracy_score": sk.accuracy_score(y, predicted),
        "recall_score": sk.recall_score(y, predicted, zero_division=0),
        "precision_score": sk.precision_score(y, predicted, zero_division=0),
        "f1_score": sk.f1_score(y, predicted, zero_division=0),
    }
    scores = outcome.scores(position)
    if scores is not None:
        has_both = 0 < y.sum() < len(y)
        row["roc_auc"] = sk.roc_auc_score(y, scores) if has_both else float("nan")
        row["precision_recall_auc"] = precision_recall_area(y, scores) if has_both else float("nan")
    return row


def precision_recall_area(y: Array, scores: Array) -> float:
    """Trapezoidal area under the precision-recall curve of a boolean ``y``."""
    from sklearn import metrics as sk

    precision, recall, _ = sk.precision_recall_curve(y, scores)
    return float(sk.auc(recall, precision))


def _counts(y: Array, predicted: Array) -> dict[str, int]:
    return {
        "true_negatives": int((~y & ~predicted).sum()),
        "false_positives": int((~y & predicted).sum()),
        "false_negatives": int((y & ~predicted).sum()),
        "true_positives": int((y & predicted).sum()),
    }


def _probability_metrics(outcome: Classification) -> tuple[dict[str, float], list[str]]:
    import numpy as np
    from sklearn import metrics as sk

    if outcome.probabilities is None:
        return {}, [f"{_OF_PROBABILITIES}: there are no probabilities for these classes."]
    if len(outcome.classes) < 2:
        return {}, [f"{_OF_PROBABILITIES}: there is only one class."]
    present = np.isin(outcome.classes, outcome.targets)
    indices = np.searchsorted(np.sort(outcome.classes), outcome.targets)
    order = np.argsort(outcome.classes)
    probabilities = outcome.probabilities[:, order]
    values = {"log_loss": sk.log_loss(indices, probabilities, labels=range(len(order)))}
    if not present.all():
        absent = ", ".join(repr(str(label)) for label in outcome.classes[~present][:5])
        areas = "roc_auc and precision_recall_auc are" if outcome.is_binary else "roc_auc is"
        return values, [f"{areas} left out: no target is {absent}, so there is nothing to rank."]
    if outcome.is_binary:
        y, scores = outcome.targets == outcome.positive, outcome.probabilities[:, -1]
        values["roc_auc"] = sk.roc_auc_score(y, scores)
        values["precision_recall_auc"] = precision_recall_area(y, scores)
    else:
        values["roc_auc"] = sk.roc_auc_score(indices, probabilities, multi_class="ovr", average="weighted")
    return values, []


def _unpredicted(outcome: Classification) -> list[str]:
    import numpy as np

    occurring = outcome.classes[np.isin(outcome.classes, outcome.targets)]
    never = occurring[~np.isin(occurring, outcome.predictions)]
    if not len(never):
        return []
    named = ", ".join(repr(str(label)) for label in never[:5])
    return [f"No row is predicted as {named}: the precision of such a class counts as 0."]
