"""What the last step of a model really sees: numbers, with names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nbtrack.errors import EvaluationError

if TYPE_CHECKING:
    from nbtrack.evaluation.sample import Array


@dataclass(frozen=True)
class FeatureTable:
    """Rows of numbers, (rows, features), and the features' names."""

    rows: Array
    names: tuple[str, ...]
    is_frame: bool = False

    def take(self, positions: Array) -> FeatureTable:
        """Return some of the rows."""
        return FeatureTable(self.rows[positions], self.names, self.is_frame)

    def like_input(self, rows: Array) -> Any:
        """Return rows as the model was given them: with names when it was a frame."""
        if not self.is_frame:
            return rows
        import pandas as pd

        return pd.DataFrame(rows, columns=list(self.names))


def rows_at(features: Any, positions: Any) -> Any:
    """Return some rows of a frame, an array, a sparse matrix or a list of rows."""
    if hasattr(features, "iloc"):
        return features.iloc[positions]
    if hasattr(features, "shape"):
        return features[positions]
    return [features[position] for position in positions]


def feature_table(model: Any, features: Any) -> tuple[Any, FeatureTable]:
    """Return the estimator to explain and what it sees.

    A scikit-learn Pipeline is split: all steps but the last prepare the features.

    Raises
    ------
    EvaluationError
        What the estimator sees is text or dates.
    """
    import numpy as np
    from sklearn.pipeline import Pipeline

    estimator = model
    if isinstance(model, Pipeline) and len(model) > 1:
        preparation, estimator = model[:-1], model[-1]
        features = _named(preparation, features, preparation.transform(features))
    if hasattr(features, "toarray"):
        features = features.toarray()
    is_frame = hasattr(features, "columns")
    try:
        rows = np.asarray(features, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise EvaluationError("The features are no numbers; encode them in a Pipeline.") from error
    names = features.columns if is_frame else getattr(estimator, "feature_names_in_", None)
    if names is None or len(names) != rows.shape[1]:
        names = [f"feature {i}" for i in range(rows.shape[1])]
    return estimator, FeatureTable(rows, tuple(map(str, names)), is_frame and _wants_frame(estimator))


def _named(preparation: Any, features: Any, prepared: Any) -> Any:
    import pandas as pd

    if hasattr(prepared, "columns"):
        return prepared
    if hasattr(prepared, "toarray"):
        prepared = prepared.toarray()
    try:
        names = preparation.get_feature_names_out(getattr(features, "columns", None))
    except (AttributeError, ValueError, TypeError):
        return prepared
    return pd.DataFrame(prepared, columns=names)


def _wants_frame(estimator: Any) -> bool:
    return hasattr(estimator, "feature_names_in_") or not hasattr(estimator, "n_features_in_")
