"""Metrics of regressors, under MLflow's names and with scikit-learn's values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nbtrack.errors import EvaluationError

if TYPE_CHECKING:
    from nbtrack.evaluation.sample import Array


@dataclass(frozen=True)
class Regression:
    """True and predicted quantities, both of (rows,)."""

    targets: Array
    predictions: Array

    @property
    def residuals(self) -> Array:
        """Actual minus predicted: positive where the model is too low."""
        residuals: Array = self.targets - self.predictions
        return residuals


def checked_regression(targets: Array, predictions: Array) -> Regression:
    """Return both as floats, or raise `EvaluationError` for what is no finite number."""
    import numpy as np

    for what, values in (("targets", targets), ("predictions", predictions)):
        if values.dtype.kind not in "iufb":
            raise EvaluationError(
                f"The {what} are no numbers (such as {values[0]!r}). "
                "Use model_type='classifier' for labels, or convert the column to numbers."
            )
        if not np.all(np.isfinite(values)):
            raise EvaluationError(f"The {what} hold infinite values; remove or clip those rows first.")
    return Regression(targets.astype(np.float64), predictions.astype(np.float64))


def regression_metrics(regression: Regression) -> tuple[dict[str, float], list[str]]:
    """Compute the metrics and what has to be said about them.

    Notes
    -----
    Formulas: scikit-learn user guide, "Regression metrics". Errors are in the targets' unit, the mean
    squared error in its square, ``mean_absolute_percentage_error`` is a fraction (0.1 is 10 %).
    """
    import numpy as np
    from sklearn import metrics as sk

    y, predicted = regression.targets, regression.predictions
    with np.errstate(over="ignore", invalid="ignore"):  # squares beyond 1e308 are infinite, which is a value
        values = {
            "example_count": len(y),
            "mean_absolute_error": sk.mean_absolute_error(y, predicted),
            "mean_squared_error": sk.mean_squared_error(y, predicted),
            "root_mean_squared_error": sk.root_mean_squared_error(y, predicted),
            "sum_on_target": np.sum(y),
            "mean_on_target": np.mean(y),
            "max_error": sk.max_error(y, predicted),
            "mean_absolute_percentage_error": sk.mean_absolute_percentage_error(y, predicted),
        }
        if len(y) > 1:
            values["r2_score"] = sk.r2_score(y, predicted)
    warnings = [] if len(y) > 1 else ["r2_score is left out: it needs at least two rows."]
    n_zero = int(np.count_nonzero(y == 0))
    if n_zero:
        warnings.append(f"mean_absolute_percentage_error says little here: {n_zero} of {len(y)} targets are zero.")
    return {name: float(value) for name, value in values.items()}, warnings
