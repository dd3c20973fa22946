"""Metrics of classifiers, under MLflow's names and with scikit-learn's values."""

from __future__ import annotations

import math
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
    metrics"). ``precision_recall_auc`` is average precision, as MLflow has it, not the trapezoidal area.
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
    from sklearn.metrics import precision_recall_fscore_support

    counts, n_rows = outcome.confusion, len(outcome.targets)
    hits, actual, predicted = counts.diagonal(), counts.sum(axis=1), counts.sum(axis=0)
    precision, recall, f1, _ = precision_recall_fscore_support(
        outcome.targets, outcome.predictions, labels=outcome.classes, zero_division=0
    )
    table: pd.DataFrame = pd.DataFrame(
        {
            "positive_class": outcome.classes,
            "true_negatives": n_rows - actual - predicted + hits,
            "false_positives": predicted - hits,
            "false_negatives": actual - hits,
            "true_positives": hits,
            "example_count": n_rows,
            "support": actual,
            "accuracy_score": (n_rows - actual - predicted + 2 * hits) / n_rows,
            "recall_score": recall,
            "precision_score": precision,
            "f1_score": f1,
        }
    )
    if outcome.probabilities is not None:
        areas = [_areas(outcome, position) for position in range(len(outcome.classes))]
        table[["roc_auc", "precision_recall_auc"]] = areas
    return table


def _areas(outcome: Classification, position: int) -> tuple[float, float]:
    from sklearn.metrics import average_precision_score, roc_auc_score

    y, scores = outcome.targets == outcome.classes[position], outcome.scores(position)
    if scores is None or y.all() or not y.any():
        return math.nan, math.nan
    return float(roc_auc_score(y, scores)), float(average_precision_score(y, scores))


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
        return {}, [f"{_OF_PROBABILITIES}: they need the probability of every class."]
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
        values["precision_recall_auc"] = sk.average_precision_score(y, scores)
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
