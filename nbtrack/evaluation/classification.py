"""Labels and class probabilities, checked and brought into one order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nbtrack.errors import EvaluationError

if TYPE_CHECKING:
    from nbtrack.evaluation.sample import Array


@dataclass(frozen=True)
class Classification:
    """True and predicted labels of (rows,), and the probability of each class where it is known.

    Attributes
    ----------
    classes
        Distinct labels; of two, the last one is the positive class.
    probabilities
        (rows, classes) in the order of ``classes``, rows summing to 1.
    """

    targets: Array
    predictions: Array
    classes: Array
    probabilities: Array | None = None

    @property
    def is_binary(self) -> bool:
        """Whether there are exactly two classes."""
        return len(self.classes) == 2

    @property
    def positive(self) -> Any:
        """The class that counts as positive, of two."""
        return self.classes[-1]

    @property
    def confusion(self) -> Array:
        """Rows of each true class (first axis) by predicted class, in the order of ``classes``."""
        import numpy as np

        order = np.argsort(self.classes)
        actual, predicted = (
            order[np.searchsorted(self.classes[order], labels)] for labels in (self.targets, self.predictions)
        )
        counts = np.zeros((len(order), len(order)), dtype=np.int64)
        np.add.at(counts, (actual, predicted), 1)
        return counts

    def scores(self, position: int) -> Array | None:
        """Probability of one class, (rows,)."""
        return None if self.probabilities is None else self.probabilities[:, position]


def checked_classification(
    targets: Array,
    predictions: Array,
    *,
    probabilities: Any = None,
    classes: Array | None = None,
    positive: Any = None,
) -> Classification:
    """Bring labels and probabilities into one order.

    Parameters
    ----------
    probabilities
        (rows, classes), or (rows,) of the positive class when there are two.
    classes
        Labels in the order of the columns of ``probabilities``; by default the sorted labels that occur.
    positive
        Which of two classes is the positive one; by default the last in sorted order.

    Raises
    ------
    EvaluationError
        Labels are fractions, targets and predictions are of different kinds, or the probabilities have
        another shape or are no probabilities.
    """
    import numpy as np

    _check_labels(targets, predictions)
    columns = _occurring(targets, predictions) if classes is None else classes
    ordered = np.unique(np.concatenate([columns, targets, predictions]))
    checked = None
    if probabilities is not None:
        checked = _checked_probabilities(probabilities, len(targets), columns)
        checked = checked[:, np.argsort(columns)] if len(ordered) == len(columns) else None
    if positive is not None:
        ordered, checked = _with_positive_last(ordered, checked, positive)
    return Classification(targets, predictions, ordered, checked)


def _check_labels(targets: Array, predictions: Array) -> None:
    import numpy as np

    for what, values in (("targets", targets), ("predictions", predictions)):
        if values.dtype.kind == "f" and np.any(values != np.floor(values)):
            hint = (
                "Use model_type='regressor' for quantities."
                if what == "targets"
                else "Pass labels as predictions and put probabilities into `probabilities=`."
            )
            raise EvaluationError(f"The {what} are fractions (such as {values[0]:.4g}), not labels. {hint}")
    if (targets.dtype.kind in "US") != (predictions.dtype.kind in "US"):
        raise EvaluationError(
            f"Targets such as {targets[0]!r} can't be compared with predictions such as {predictions[0]!r}: "
            "encode both the same way."
        )


def _occurring(targets: Array, predictions: Array) -> Array:
    """Sorted labels that occur; 0 or 1 alone still means two classes."""
    import numpy as np

    labels = np.unique(np.concatenate([targets, predictions]))
    if len(labels) == 1 and labels.dtype.kind in "iufb" and labels[0] in (0, 1):
        return np.array([0, 1], dtype=labels.dtype)
    return labels


def _checked_probabilities(probabilities: Any, n_rows: int, classes: Array) -> Array:
    import numpy as np

    array: Array = np.array(probabilities, dtype=np.float64)
    if array.ndim == 1 and len(classes) == 2:
        array = np.column_stack([1 - array, array])
    if array.shape != (n_rows, len(classes)):
        raise EvaluationError(
            f"The probabilities have the shape {array.shape}, but {n_rows} rows and the classes "
            f"{', '.join(map(str, classes[:10]))} need {(n_rows, len(classes))}. "
            "Name the classes in the order of the columns with `classes=`."
        )
    if not np.all((array >= 0) & (array <= 1 + 1e-6)):
        raise EvaluationError("The probabilities must lie between 0 and 1 and not be missing.")
    sums = array.sum(axis=1, keepdims=True)
    if np.any(np.abs(sums - 1) > 1e-3):
        raise EvaluationError("The probabilities of a row must sum to 1; normalise them first.")
    array /= sums  # float32 models miss 1 by a rounding error, which scikit-learn warns about
    return array


def _with_positive_last(classes: Array, probabilities: Array | None, positive: Any) -> tuple[Array, Array | None]:
    import numpy as np

    if positive not in classes.tolist():
        raise EvaluationError(f"positive_label {positive!r} is none of the classes {classes.tolist()}.")
    if len(classes) != 2:
        raise EvaluationError(f"positive_label needs two classes; here are {len(classes)}.")
    order = np.argsort(classes == positive)
    return classes[order], None if probabilities is None else probabilities[:, order]
