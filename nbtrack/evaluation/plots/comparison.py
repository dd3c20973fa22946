"""Bars of the metrics in which runs differ."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from nbtrack.evaluation.plots.style import INK, colour, dress, new_figure, shortened

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from nbtrack.evaluation.comparison import Comparison

MAX_METRICS = 9


def comparison_figure(comparison: Comparison) -> Figure:
    """One small chart for each metric that differs, a bar for each run; each has its own scale."""
    rows = [row for row in comparison.metrics if row.differs][:MAX_METRICS] or list(comparison.metrics[:1])
    n_columns = min(3, max(1, len(rows)))
    n_lines = max(1, math.ceil(len(rows) / n_columns))
    names = [shortened(name) for name in comparison.runs]
    figure = new_figure(width=3.4 * n_columns, height=n_lines * (0.9 + 0.3 * len(names)))
    for position, row in enumerate(rows):
        axes = figure.add_subplot(n_lines, n_columns, position + 1)
        dress(axes, title=shortened(row.key, 30))
        widths = [value if isinstance(value, float) and math.isfinite(value) else 0.0 for value in row.values]
        axes.barh(range(len(names)), widths, color=[colour(i) for i in range(len(names))], height=0.7)
        axes.set_yticks(range(len(names)), names if position % n_columns == 0 else [""] * len(names), color=INK)
        axes.invert_yaxis()
        axes.grid(visible=False, axis="y")
    return figure
