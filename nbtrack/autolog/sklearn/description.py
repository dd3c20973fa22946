"""What a fit of scikit-learn has to tell: params, training metrics, diagram, the candidates of a search."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nbtrack.autolog.observation import Fit
from nbtrack.autolog.texts import text_of

MAX_CANDIDATES = 500
"""Candidates of a search that become runs; the table of results has all."""
TRIAL_ROWS = 1_000
MIN_BUDGET_S = 0.5
MAX_CLASSES_FOR_AUC = 10


@dataclass(frozen=True)
class Candidate:
    """One candidate of a search: its params, the scores of each fold, and their means and ranks."""

    params: Mapping[str, str]
    metrics: Mapping[str, float]
    folds: Mapping[str, tuple[float, ...]]
    seconds: float


def is_predictor(estimator: Any) -> bool:
    """Tell a model from a preprocessing step: it predicts, assigns clusters, or searches for what does."""
    return hasattr(estimator, "predict") or hasattr(estimator, "fit_predict") or hasattr(estimator, "cv_results_")


def is_search(estimator: Any) -> bool:
    return hasattr(estimator, "cv_results_") and hasattr(estimator, "n_splits_")


def params_of(estimator: Any) -> dict[str, str]:
    """Return the params of an estimator and of what it contains, as text."""
    try:
        params = estimator.get_params(deep=True)
    except (TypeError, AttributeError):  # an estimator of meta kind whose part is a class, for example
        params = estimator.get_params(deep=False)
    return {key: text_of(value) for key, value in params.items()}


def diagram_of(estimator: Any) -> str:
    from sklearn.utils import estimator_html_repr

    return str(estimator_html_repr(estimator))


def training_metrics(fit: Fit) -> tuple[dict[str, float], str | None]:
    """Score a fitted model on the data that it was fitted to.

    Returns
    -------
    The metrics by name, and what was left out, in words. A model that predicts slowly (neighbours, kernels) is not
    made to predict all its training data: that may take as long as the fit.
    """
    if fit.y is None or not hasattr(fit.estimator, "predict"):
        return {}, None
    import numpy as np

    X, y = fit.X.value, np.asarray(fit.y.value)
    budget_s = max(MIN_BUDGET_S, 0.1 * fit.seconds)
    expected_s = _expected_prediction_s(fit.estimator, X, budget_s)
    if expected_s > budget_s:
        return {}, f"training metrics left out: predicting the training data would take {expected_s:.1f} s"
    return _scores(fit.estimator, X, y, fit.sample_weight), None


def _expected_prediction_s(estimator: Any, X: Any, budget_s: float) -> float:
    """Estimate how long predicting all rows takes, by predicting more and more of them as long as that is quick."""
    rows, count = _length(X), 1
    if rows == 0:
        return 0.0
    while True:
        few = first_rows(X, count)
        seconds = _prediction_s(estimator, few)
        if budget_s / 4 < seconds <= budget_s:
            seconds = min(seconds, _prediction_s(estimator, few))  # a busy machine stalls now and then
        expected_s = seconds * rows / count
        # What a call costs by itself makes the first estimates too high, never too low.
        if expected_s <= budget_s or seconds > budget_s / 4 or count >= min(rows, TRIAL_ROWS):
            return expected_s
        count = min(rows, TRIAL_ROWS, max(2 * count, int(count * budget_s / 4 / seconds)))


def _prediction_s(estimator: Any, X: Any) -> float:
    start = time.perf_counter()
    estimator.predict(X)
    return max(time.perf_counter() - start, 1e-6)


def _scores(estimator: Any, X: Any, y: Any, sample_weight: Any) -> dict[str, float]:
    from sklearn.base import is_classifier, is_regressor

    predicted = estimator.predict(X)
    if is_classifier(estimator):
        return _classifier_scores(estimator, X, y, predicted, sample_weight)
    if is_regressor(estimator):
        return _regressor_scores(y, predicted, sample_weight)
    return {}


def _classifier_scores(estimator: Any, X: Any, y: Any, predicted: Any, weight: Any) -> dict[str, float]:
    import numpy as np
    from sklearn import config_context, metrics

    if np.ndim(y) == 2 and set(np.unique(y)) - {0, 1}:
        return {}  # several outputs of several classes: scikit-learn has no metrics for them
    # The data just went through the estimator's own validation.
    with config_context(skip_parameter_validation=True, assume_finite=True):
        accuracy = float(metrics.accuracy_score(y, predicted, sample_weight=weight))
        precision, recall, f1, _ = metrics.precision_recall_fscore_support(
            y, predicted, average="weighted", sample_weight=weight, zero_division=0
        )
        found = {
            "training_score": accuracy,
            "training_accuracy_score": accuracy,
            "training_precision_score": float(precision),
            "training_recall_score": float(recall),
            "training_f1_score": float(f1),
        }
        is_single_output = np.ndim(y) == 1 or np.shape(y)[1] == 1
        if hasattr(estimator, "predict_proba") and is_single_output:
            probabilities = estimator.predict_proba(X)
            found["training_log_loss"] = float(metrics.log_loss(y, probabilities, sample_weight=weight))
            is_binary = probabilities.shape[1] == 2
            scores = probabilities[:, 1] if is_binary else probabilities
            options = {} if is_binary else {"multi_class": "ovo", "average": "weighted"}
            # One against one is not defined with weights, and for k classes takes k (k - 1) / 2 times as long.
            if is_binary or (weight is None and probabilities.shape[1] <= MAX_CLASSES_FOR_AUC):
                found["training_roc_auc"] = float(metrics.roc_auc_score(y, scores, sample_weight=weight, **options))
    return found


def _regressor_scores(y: Any, predicted: Any, weight: Any) -> dict[str, float]:
    from sklearn import config_context, metrics

    with config_context(skip_parameter_validation=True, assume_finite=True):
        mse = float(metrics.mean_squared_error(y, predicted, sample_weight=weight))
        r2 = float(metrics.r2_score(y, predicted, sample_weight=weight))
        return {
            "training_score": r2,
            "training_r2_score": r2,
            "training_mean_absolute_error": float(metrics.mean_absolute_error(y, predicted, sample_weight=weight)),
            "training_mean_squared_error": mse,
            "training_root_mean_squared_error": mse**0.5,
        }


def candidates_of(search: Any) -> list[Candidate]:
    """Read the candidates of a fitted search from its table of results."""
    results = search.cv_results_
    scores = [key for key in results if key.startswith(("mean_", "std_", "rank_")) or key in ("iter", "n_resources")]
    splits = _split_keys(results)
    return [
        Candidate(
            params={key: text_of(value) for key, value in params.items()},
            metrics={key: float(results[key][index]) for key in scores},
            folds={name: tuple(float(results[key][index]) for key in keys) for name, keys in splits.items()},
            seconds=float(results["mean_fit_time"][index] + results["mean_score_time"][index]) * search.n_splits_,
        )
        for index, params in enumerate(results["params"])
    ]


def _split_keys(results: Mapping[str, Any]) -> dict[str, list[str]]:
    """Group ``split0_test_score, split1_test_score, ...`` under ``test_score``."""
    groups: dict[str, list[str]] = {}
    for key in results:
        split, _, name = key.partition("_")
        if split.startswith("split") and split[5:].isdigit():
            groups.setdefault(name, []).append(key)
    return groups


def best_of(search: Any) -> tuple[dict[str, str], dict[str, float]]:
    """Return the best candidate's params, as ``best_NAME``, and its score; of several scores none says what is best."""
    if not hasattr(search, "best_index_"):
        return {}, {}
    params = {f"best_{key}": text_of(value) for key, value in search.cv_results_["params"][search.best_index_].items()}
    score = getattr(search, "best_score_", None)
    return params, {} if score is None else {"best_cv_score": float(score)}


def results_table(search: Any) -> str:
    """Return the full table of results of a search as CSV."""
    import pandas as pd

    return str(pd.DataFrame(search.cv_results_).to_csv(index=False))


def first_rows(X: Any, count: int) -> Any:
    """Return the first rows of what a fit takes: a frame, an array, a list, a sparse matrix of any format."""
    if hasattr(X, "iloc"):
        return X.iloc[:count]
    # A sparse matrix in coordinates, or by diagonals or blocks, has no rows to take.
    return (X.tocsr() if getattr(X, "format", "") in ("coo", "dia", "bsr") else X)[:count]


def _length(X: Any) -> int:
    return int(X.shape[0]) if hasattr(X, "shape") else len(X)
