"""Whether probabilities can be believed (calibration) and how much they help (lift)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbtrack.evaluation.plots.style import ACCENT, QUIET, add_legend, colour, dress, new_axes, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from nbtrack.evaluation.sample import Array

N_BINS = 10


def calibration_figure(ranked: list[tuple[str, Array, Array]]) -> Figure:
    """Observed share over predicted probability in ten equal bins, with the number of rows below."""
    import numpy as np
    from sklearn.calibration import calibration_curve

    figure = new_figure()
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[3.4, 1])
    dress(upper, title="Calibration", y_label="Observed share")
    dress(lower, x_label="Predicted probability", y_label="Rows")
    upper.plot([0, 1], [0, 1], color=QUIET, linewidth=1, linestyle=(0, (4, 4)), label="perfect")
    edges = np.linspace(0, 1, N_BINS + 1)
    for position, (label, y, scores) in enumerate(ranked):
        observed, predicted = calibration_curve(y, np.clip(scores, 0, 1), n_bins=N_BINS)
        upper.plot(
            predicted, observed, color=colour(position), linewidth=2, marker="o", markersize=4.5,
            label=label, clip_on=False,
        )  # fmt: skip
        is_single = len(ranked) == 1
        lower.hist(
            scores, bins=edges.tolist(), color=colour(position), linewidth=1.4,
            histtype="bar" if is_single else "step", rwidth=0.9 if is_single else None,
        )  # fmt: skip
    upper.set_xlim(0, 1)
    upper.set_ylim(0, 1.02)
    add_legend(upper, location="upper left")
    return figure


def lift_figure(ranked: tuple[str, Array, Array]) -> Figure:
    """Times more positives than by chance among the rows with the highest probabilities.

    Lift at a share is the precision among that share of the rows, ranked by probability, over the
    precision among all (Provost and Fawcett, Data Science for Business, chapter 8).
    """
    import numpy as np

    label, y, scores = ranked
    hits = np.cumsum(y[np.argsort(-scores, kind="stable")])
    taken = np.arange(1, len(y) + 1)
    figure, axes = new_axes(
        f"Lift of {label}",
        x_label="Share of rows, highest probability first",
        y_label="Lift (times the base rate)",
    )
    axes.axhline(1, color=QUIET, linewidth=1, linestyle=(0, (4, 4)), label="chance")
    axes.plot(taken / len(y), (hits / taken) / y.mean(), color=ACCENT, linewidth=2, label=label)
    axes.set_xlim(0, 1)
    axes.set_ylim(bottom=0)
    add_legend(axes, location="lower left")
    return figure
