"""Figures of an evaluation, made with matplotlib's object API: no pyplot, no global state."""

from nbtrack.evaluation.plots.classifier import classifier_plots
from nbtrack.evaluation.plots.importance import beeswarm_figure, importance_figure
from nbtrack.evaluation.plots.regressor import regressor_plots

__all__ = ["beeswarm_figure", "classifier_plots", "importance_figure", "regressor_plots"]
