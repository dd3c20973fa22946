"""Confusion matrix and the curves of a classifier."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbtrack.evaluation.plots.calibration import calibration_figure, lift_figure
from nbtrack.evaluation.plots.style import (
    ACCENT,
    INK,
    MAX_CURVES,
    PAPER,
    QUIET,
    add_legend,
    class_name,
    colour,
    new_axes,
    shades,
    shortened,
)  # fmt: skip

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from nbtrack.evaluation.classification import Classification
    from nbtrack.evaluation.sample import Array

MAX_NUMBERED_CLASSES = 15
MAX_NAMED_CLASSES = 40


def classifier_plots(outcome: Classification) -> dict[str, Figure]:
    """Return the figures that this outcome allows, under MLflow's names."""
    figures = {"confusion_matrix": confusion_figure(outcome)}
    if any(True for _ in ranked_classes(outcome)):
        figures["roc_curve_plot"] = roc_figure(outcome)
        figures["precision_recall_curve_plot"] = precision_recall_figure(outcome)
        figures["calibration_curve_plot"] = calibration_figure(list(ranked_classes(outcome)))
        if outcome.is_binary:
            figures["lift_curve_plot"] = lift_figure(next(ranked_classes(outcome)))
    return figures


def ranked_classes(outcome: Classification) -> Iterator[tuple[str, Array, Array]]:
    """Yield (label, is this class, its probability) for each class that can be ranked.

    Two classes have one curve, that of the positive class; of many, the most frequent have theirs.
    """
    import numpy as np

    support = [int(np.count_nonzero(outcome.targets == label)) for label in outcome.classes]
    positions = [1] if outcome.is_binary else sorted(np.argsort(support)[::-1][:MAX_CURVES])
    for position in positions:
        scores = outcome.scores(position)
        if scores is not None and 0 < support[position] < len(outcome.targets):
            label = outcome.classes[position]
            yield class_name(label), outcome.targets == label, scores


def confusion_figure(outcome: Classification) -> Figure:
    """Counts of each true class (rows) by predicted class (columns), shaded by the share of the row."""
    import numpy as np

    n_classes = len(outcome.classes)
    counts = outcome.confusion
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = min(3.6 + 0.28 * n_classes, 9.0)
    figure, axes = new_axes("Confusion matrix", x_label="Predicted", y_label="Actual", width=side + 0.6, height=side)
    axes.grid(visible=False)
    axes.imshow(shares, cmap=shades("#f8fafc", ACCENT), vmin=0, vmax=1, aspect="auto")
    if n_classes <= MAX_NAMED_CLASSES:
        labels = [shortened(label, 20) for label in outcome.classes]
        turned = max(map(len, labels)) * n_classes > 45
        axes.set_xticks(range(n_classes), labels, rotation=45 if turned else 0, ha="right" if turned else "center")
        axes.set_yticks(range(n_classes), labels)
    if n_classes <= MAX_NUMBERED_CLASSES:
        _write_counts(axes, counts, shares)
    return figure


def _write_counts(axes: Axes, counts: Array, shares: Array) -> None:
    is_small = len(counts) > 6
    for row, column in ((r, c) for r in range(len(counts)) for c in range(len(counts))):
        share = shares[row, column]
        text = f"{counts[row, column]:,}" + ("" if is_small else f"\n{share:.1%}")
        axes.text(
            column, row, text, ha="center", va="center", fontsize=7.5 if is_small else 10,
            color=PAPER if share > 0.5 else INK,
        )  # fmt: skip


def roc_figure(outcome: Classification) -> Figure:
    """True positive rate over false positive rate for every threshold."""
    from sklearn.metrics import roc_auc_score, roc_curve

    figure, axes = new_axes("ROC curve", x_label="False positive rate", y_label="True positive rate")
    axes.plot([0, 1], [0, 1], color=QUIET, linewidth=1, linestyle=(0, (4, 4)), label="chance")
    for position, (label, y, scores) in enumerate(ranked_classes(outcome)):
        false_positive_rate, true_positive_rate, _ = roc_curve(y, scores)
        area = roc_auc_score(y, scores)
        axes.plot(
            false_positive_rate, true_positive_rate, color=colour(position), linewidth=2,
            label=f"{label}  AUC {area:.3f}", clip_on=False,
        )  # fmt: skip
    _unit_square(axes)
    add_legend(axes, location="lower right")
    return figure


def precision_recall_figure(outcome: Classification) -> Figure:
    """Precision over recall for every threshold; the dashed line is the share of the positive class."""
    from sklearn.metrics import average_precision_score, precision_recall_curve

    figure, axes = new_axes("Precision-recall curve", x_label="Recall", y_label="Precision")
    for position, (label, y, scores) in enumerate(ranked_classes(outcome)):
        precision, recall, _ = precision_recall_curve(y, scores)
        precision_average = average_precision_score(y, scores)
        axes.plot(
            recall, precision, color=colour(position), linewidth=2, label=f"{label}  AP {precision_average:.3f}",
            clip_on=False, drawstyle="steps-post",
        )  # fmt: skip
        axes.axhline(y.mean(), color=colour(position), linewidth=1, linestyle=(0, (4, 4)), alpha=0.6)
    _unit_square(axes)
    add_legend(axes, location="lower left")
    return figure


def _unit_square(axes: Axes) -> None:
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.02)
