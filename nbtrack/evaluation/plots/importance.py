"""Which features matter: bars, and a beeswarm of SHAP values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbtrack.evaluation.plots.style import (
    ACCENT,
    INK,
    QUIET,
    SECOND,
    add_legend,
    colour,
    new_axes,
    shades,
    shortened,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

    from nbtrack.evaluation.sample import Array

MAX_FEATURES = 15
HALF_ROW = 0.38
"""Half the height that the points of one feature may take; rows are 1 apart."""


def importance_figure(
    importances: Array, features: Sequence[str], *, title: str, x_label: str, classes: Sequence[str] = ("",)
) -> Figure:
    """Horizontal bars, the longest on top.

    Parameters
    ----------
    importances
        (features, classes), stacked by class.
    """
    import numpy as np

    totals = importances.sum(axis=1)
    shown = np.argsort(totals)[::-1][:MAX_FEATURES][::-1]
    figure, axes = new_axes(title, x_label=x_label, y_label="", width=5.8, height=max(2.4, 1.1 + 0.27 * len(shown)))
    start = np.zeros(len(shown))
    for position, name in enumerate(classes):
        widths = importances[shown, position]
        axes.barh(range(len(shown)), widths, left=start, height=0.68, color=colour(position), label=name)
        start = start + widths
    axes.set_yticks(range(len(shown)), [shortened(features[i]) for i in shown], color=INK)
    axes.grid(visible=False, axis="y")
    if len(classes) > 1:
        add_legend(axes, location="lower right")
    return figure


def beeswarm_figure(shap_values: Array, values: Array, features: Sequence[str], *, title: str, x_label: str) -> Figure:
    """One point for each row and feature: its SHAP value, coloured by the feature's own value.

    Parameters
    ----------
    shap_values
        (rows, features).
    values
        The features' values, (rows, features); NaN is grey.
    """
    import numpy as np

    order = np.argsort(np.abs(shap_values).mean(axis=0))[::-1][:MAX_FEATURES][::-1]
    figure, axes = new_axes(title, x_label=x_label, y_label="", width=6.4, height=max(2.6, 1.3 + 0.3 * len(order)))
    axes.axvline(0, color=QUIET, linewidth=1)
    colours = shades(ACCENT, "#a78bfa", SECOND)
    for row, feature in enumerate(order):
        ranks = _scaled(values[:, feature])
        axes.scatter(
            shap_values[:, feature], row + _offsets(shap_values[:, feature]), s=9, c=colours(ranks),
            linewidths=0, alpha=0.9,
        )  # fmt: skip
    axes.set_yticks(range(len(order)), [shortened(features[i]) for i in order], color=INK)
    axes.set_ylim(-0.6, len(order) - 0.4)
    _add_scale(figure, axes, colours)
    return figure


def _add_scale(figure: Figure, axes: Axes, colours: Colormap) -> None:
    from matplotlib.cm import ScalarMappable

    bar = figure.colorbar(ScalarMappable(cmap=colours), ax=axes, aspect=40, pad=0.02, ticks=[0, 1])
    bar.ax.set_yticklabels(["low", "high"], fontsize=8.5, color=QUIET)
    bar.ax.tick_params(length=0)
    bar.set_label("Feature value", fontsize=9.5, color=QUIET, labelpad=-8)
    bar.outline.set_visible(False)


def _scaled(values: Array) -> Array:
    """Values as 0 to 1 between the 5th and 95th percentile, so that one outlier doesn't take all colour."""
    import numpy as np

    known = values[np.isfinite(values)]
    if not len(known):
        return np.full(len(values), np.nan)
    low, high = np.percentile(known, [5, 95])
    if low == high:
        low, high = known.min(), known.max()
    scaled: Array = np.clip((values - low) / ((high - low) or 1), 0, 1)
    return scaled


def _offsets(points: Array) -> Array:
    """Vertical places that keep the points of one row apart: each bin is filled from the middle outwards."""
    import numpy as np

    spread = np.ptp(points) or 1
    bins = np.round(60 * (points - points.min()) / spread).astype(int)
    offsets = np.zeros(len(points))
    largest = np.bincount(bins).max()
    step = HALF_ROW / max(largest / 2, 6)
    for bin_ in np.unique(bins):
        members = np.flatnonzero(bins == bin_)
        places = np.arange(len(members))
        offsets[members] = np.where(places % 2, (places + 1) // 2, -(places // 2)) * step
    return offsets
