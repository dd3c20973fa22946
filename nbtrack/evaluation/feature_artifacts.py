"""Artifacts that say which features matter: the model's own importances and SHAP."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from nbtrack.evaluation.artifact import Artifact, Plot, Table
from nbtrack.evaluation.explanation import Explanation, explain
from nbtrack.evaluation.features import feature_table, rows_at
from nbtrack.evaluation.plots import beeswarm_figure, importance_figure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbtrack.evaluation.sample import Array

MAX_STACKED_CLASSES = 8


def own_importances(model: Any, features: Any) -> dict[str, Artifact]:
    """Return the plot of ``feature_importances_`` where the model has them."""
    import numpy as np

    steps = getattr(model, "steps", None)
    importances = getattr(steps[-1][1] if steps else model, "feature_importances_", None)
    if importances is None:
        return {}
    _, table = feature_table(model, rows_at(features, [0]))
    array = np.asarray(importances, dtype=np.float64)
    if array.shape != (len(table.names),):
        return {}
    figure = importance_figure(
        array[:, np.newaxis], table.names, title="Feature importances", x_label="Importance in the model"
    )
    return _by_name([Plot("feature_importances_plot", figure)])


def shap_artifacts(
    model: Any, features: Any, *, classes: Sequence[str] = (), positive_position: int | None = None
) -> tuple[dict[str, Artifact], list[str]]:
    """Return SHAP's summary, or one warning that says why there is none. Never raises.

    Parameters
    ----------
    classes
        The names of the model's classes; empty for a regressor.
    positive_position
        Which of two classes is explained.
    """
    if find_spec("shap") is None:
        return {}, ["SHAP is left out: pip install 'nbtrack[shap]' adds it."]
    try:
        explanation = explain(model, features, positive_position=positive_position)
        artifacts = _summary(explanation, classes, positive_position)
    except Exception as error:  # noqa: BLE001 - explaining is an extra: it must not cost the metrics
        return {}, [f"SHAP is left out: {type(error).__name__}: {error}"]
    warnings = []
    if not explanation.is_complete:
        warnings.append(f"SHAP explains only {len(explanation.values)} rows: this model is slow to explain.")
    return artifacts, warnings


def _summary(explanation: Explanation, classes: Sequence[str], positive_position: int | None) -> dict[str, Artifact]:
    import pandas as pd

    importances, names = explanation.importances, explanation.table.names
    of = f" of {classes[positive_position]}" if positive_position is not None else ""
    stacked = list(classes) if 1 < importances.shape[1] == len(classes) <= MAX_STACKED_CLASSES else [""]
    bars = importances if len(stacked) > 1 else importances.sum(axis=1, keepdims=True)
    figure = importance_figure(bars, names, title=f"SHAP importance{of}", x_label="Mean |SHAP value|", classes=stacked)
    made: list[Artifact] = [Plot("shap_feature_importance_plot", figure)]
    if explanation.values.shape[2] == 1:
        made.append(Plot("shap_beeswarm_plot", _beeswarm(explanation, of)))
    frame = pd.DataFrame({"feature": names, "mean_absolute_shap": importances.sum(axis=1)})
    made.append(Table("shap_importance", frame.sort_values("mean_absolute_shap", ascending=False)))
    return _by_name(made)


def _beeswarm(explanation: Explanation, of: str) -> Any:
    values: Array = explanation.values[:, :, 0]
    return beeswarm_figure(
        values, explanation.table.rows, explanation.table.names,
        title=f"SHAP values{of}", x_label=f"SHAP value: effect on the prediction{of}",
    )  # fmt: skip


def _by_name(artifacts: list[Artifact]) -> dict[str, Artifact]:
    return {artifact.name: artifact for artifact in artifacts}
