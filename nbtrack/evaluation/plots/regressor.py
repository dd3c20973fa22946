"""Residuals and predicted against actual values of a regressor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbtrack.evaluation.plots.style import ACCENT, PAPER, QUIET, add_legend, dress, new_axes, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from nbtrack.evaluation.regression import Regression
    from nbtrack.evaluation.sample import Array

MAX_POINTS = 5000


def regressor_plots(outcome: Regression, target_name: str = "target") -> dict[str, Figure]:
    """Return the figures of a regressor; axes are in the unit of the targets."""
    shown = _shown_rows(len(outcome.targets))
    return {
        "predicted_vs_actual_plot": predicted_figure(outcome, shown, target_name),
        "residuals_plot": residuals_figure(outcome, shown, target_name),
    }


def predicted_figure(outcome: Regression, shown: Array, target_name: str) -> Figure:
    """Predicted over actual values; a perfect model lies on the dashed line."""
    figure, axes = new_axes(
        "Predicted against actual", x_label=f"Actual {target_name}", y_label=f"Predicted {target_name}"
    )
    actual, predicted = outcome.targets[shown], outcome.predictions[shown]
    ends = [min(actual.min(), predicted.min()), max(actual.max(), predicted.max())]
    axes.plot(ends, ends, color=QUIET, linewidth=1, linestyle=(0, (4, 4)), label="perfect")
    axes.scatter(actual, predicted, s=18, color=ACCENT, alpha=_opacity(len(shown)), linewidths=0)
    add_legend(axes, location="upper left")
    return figure


def residuals_figure(outcome: Regression, shown: Array, target_name: str) -> Figure:
    """Residuals (actual minus predicted) over predictions, with their distribution at the right."""
    figure = new_figure(width=6.2)
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=[3.6, 1])
    dress(
        left,
        title="Residuals",
        x_label=f"Predicted {target_name}",
        y_label=f"Actual minus predicted {target_name}",
    )
    dress(right, x_label="Rows")
    left.scatter(
        outcome.predictions[shown], outcome.residuals[shown], s=18, color=ACCENT,
        alpha=_opacity(len(shown)), linewidths=0,
    )  # fmt: skip
    right.hist(
        outcome.residuals,
        bins=_edges(outcome.residuals).tolist(),
        orientation="horizontal",
        color=ACCENT,
        edgecolor=PAPER,
        alpha=0.85,
    )
    for axes in (left, right):
        axes.axhline(0, color=QUIET, linewidth=1, linestyle=(0, (4, 4)))
    return figure


def _shown_rows(n_rows: int) -> Array:
    import numpy as np

    if n_rows <= MAX_POINTS:
        return np.arange(n_rows)
    return np.random.default_rng(0).choice(n_rows, MAX_POINTS, replace=False)


def _edges(residuals: Array) -> Array:
    """Edges of 25 bins; residuals that are all the same but for rounding get a bin of their own."""
    import numpy as np

    low, high = residuals.min(), residuals.max()
    if high - low <= 1e-9 * max(abs(low), abs(high), 1e-300):
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, 26)


def _opacity(n_points: int) -> float:
    return 0.7 if n_points <= 500 else 0.4 if n_points <= 2000 else 0.2
