"""SHAP values of a sample of rows, within a budget of time.

Source: Lundberg and Lee, A Unified Approach to Interpreting Model Predictions (NeurIPS 2017).
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from nbtrack.errors import EvaluationError
from nbtrack.evaluation.features import FeatureTable, feature_table, rows_at
from nbtrack.evaluation.permutation import permutation_values

if TYPE_CHECKING:
    from nbtrack.evaluation.sample import Array

MAX_ROWS = 300
BACKGROUND_ROWS = 40
MAX_GENERIC_FEATURES = 200
BUDGET_S = 5.0
SEED = 0

Explain: TypeAlias = "Callable[[Array], Array]"


@dataclass(frozen=True)
class Explanation:
    """SHAP values of some rows.

    Attributes
    ----------
    values
        (rows, features, outputs); a regressor and a two-class classifier have one output.
    table
        The explained rows as numbers, with the features' names.
    is_complete
        False when the time ran out before all sampled rows were explained.
    """

    values: Array
    table: FeatureTable
    is_complete: bool = True

    @property
    def importances(self) -> Array:
        """Mean absolute SHAP value, (features, outputs)."""
        import numpy as np

        importances: Array = np.abs(self.values).mean(axis=0)
        return importances


def explain(model: Any, features: Any, *, positive_position: int | None, budget_s: float = BUDGET_S) -> Explanation:
    """Compute SHAP values.

    Parameters
    ----------
    model
        An estimator or a scikit-learn Pipeline, of which the last step is explained.
    positive_position
        The position of the positive class among the model's classes; None for a regressor or more classes.
    budget_s
        Seconds after which no further rows are explained.

    Raises
    ------
    EvaluationError
        The features are no numbers, or there are too many for a model without an explainer of its own.
    """
    import numpy as np

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # shap speaks of its own dependencies and of feature names
        rng = np.random.default_rng(SEED)
        n_rows = features.shape[0] if hasattr(features, "shape") else len(features)
        chosen = rng.choice(n_rows, min(n_rows, MAX_ROWS), replace=False)
        estimator, sampled = feature_table(model, rows_at(features, chosen))
        background = sampled.rows[:BACKGROUND_ROWS]
        explain_rows = _explainer(estimator, background, sampled)
        values = _within(explain_rows, sampled.rows, budget_s)
    n_done = len(values)
    return Explanation(
        _outputs(values, positive_position), sampled.take(np.arange(n_done)), n_done == len(sampled.rows)
    )


def _within(explain_rows: Explain, rows: Array, budget_s: float) -> Array:
    """Explain growing pieces until the rows or the time run out."""
    import numpy as np

    deadline = time.monotonic() + budget_s
    pieces: list[Array] = []
    done, size = 0, 2
    while done < len(rows) and (not pieces or time.monotonic() < deadline):
        pieces.append(np.asarray(explain_rows(rows[done : done + size])))
        done, size = done + size, size * 2
    return np.concatenate(pieces)


def _explainer(estimator: Any, background: Array, table: FeatureTable) -> Explain:
    """Pick the explainer that is exact for this kind of model, else one that asks the model often."""
    import shap

    if _is_linear(estimator):
        linear = shap.LinearExplainer(estimator, background)
        return lambda rows: linear.shap_values(rows)
    try:
        tree = shap.TreeExplainer(estimator)
    except Exception:  # noqa: BLE001 - shap has no other way to ask whether it knows this class
        return _generic_explainer(estimator, background, table)
    return lambda rows: tree.shap_values(rows, check_additivity=False)


def _is_linear(estimator: Any) -> bool:
    """Tell whether each output is one weighted sum of the features, which kernel machines' are not."""
    import numpy as np

    if not hasattr(estimator, "coef_") or not hasattr(estimator, "intercept_"):
        return False
    shape = np.shape(estimator.coef_)
    n_outputs = 1 if len(shape) == 1 else shape[0]
    return n_outputs in (1, len(getattr(estimator, "classes_", ())))


def _generic_explainer(estimator: Any, background: Array, table: FeatureTable) -> Explain:
    import numpy as np

    n_features = table.rows.shape[1]
    if n_features > MAX_GENERIC_FEATURES:
        raise EvaluationError(
            f"{n_features} features are too many for a model without an explainer of its own "
            f"(at most {MAX_GENERIC_FEATURES})."
        )
    ask, rng = _asked(estimator), np.random.default_rng(SEED)
    return lambda rows: permutation_values(
        lambda inputs: ask(table.like_input(inputs)), rows, background=background, rng=rng
    )


def _asked(estimator: Any) -> Any:
    """Return the method whose numbers are explained; the numbers of labels mean nothing."""
    for name in ("predict_proba", "decision_function"):
        if hasattr(estimator, name):
            return getattr(estimator, name)
    if hasattr(estimator, "classes_"):
        raise EvaluationError("This classifier has neither probabilities nor a decision function.")
    return estimator.predict


def _outputs(values: Array, positive_position: int | None) -> Array:
    """Bring what explainers answer to (rows, features, outputs)."""
    import numpy as np

    if values.ndim == 3 and values.shape[2] == 1:
        values = values[:, :, 0]
    if values.ndim == 2:
        flipped = positive_position == 0  # a single output speaks of the last class
        return (-values if flipped else values)[:, :, np.newaxis]
    if positive_position is not None and values.shape[2] == 2:
        return values[:, :, [positive_position]]
    return values
