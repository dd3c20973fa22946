"""The sample that a model is evaluated on, checked before anything is computed."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from nbtrack.errors import EvaluationError

if TYPE_CHECKING:
    import numpy as np

    Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

MAX_NAMED_COLUMNS = 12


@dataclass(frozen=True)
class Sample:
    """``features`` is a frame or an array of (rows, columns), ``targets`` an array of (rows,)."""

    features: Any
    targets: Array


def split_sample(data: Any, targets: Any) -> Sample:
    """Split data into features and targets.

    Parameters
    ----------
    data
        A frame, or an array of (rows, columns).
    targets
        The name of a column of the frame, or the true values themselves.

    Raises
    ------
    EvaluationError
        The column is not there, the lengths differ, or there are no rows.
    """
    if isinstance(targets, str):
        columns = _columns(data, targets)
        if targets not in columns:
            raise EvaluationError(_missing_column(targets, columns))
        features, values = data.drop(columns=[targets]), data[targets]
        if getattr(values, "ndim", 1) != 1:
            raise EvaluationError(f"Several columns are named {targets!r}; rename all but one.")
    else:
        features, values = data, targets
    checked = checked_values(values, what="targets")
    n_rows = features.shape[0] if hasattr(features, "shape") else len(features)
    if n_rows != len(checked):
        raise EvaluationError(
            f"data has {n_rows} rows, but there are {len(checked)} targets; each row needs one target."
        )
    return Sample(features, checked)


def checked_values(values: Any, *, what: str) -> Array:
    """Return values as a one-dimensional array without missing ones, or raise `EvaluationError`."""
    import numpy as np
    import pandas as pd

    array = np.asarray(values)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array.ravel()
    if array.ndim != 1:
        raise EvaluationError(
            f"The {what} have the shape {array.shape}; evaluation needs one value for each row. "
            "Evaluate each output by itself; class probabilities go to `probabilities=`."
        )
    if len(array) == 0:
        raise EvaluationError("There is nothing to evaluate: the data has no rows.")
    n_missing = int(np.count_nonzero(pd.isna(array)))
    if n_missing:
        raise EvaluationError(
            f"{n_missing} of {len(array)} {what} are missing (NaN or None). "
            f"Drop those rows first, for example with `data.dropna(subset=[...])`."
        )
    if array.dtype.kind == "O":
        array = _narrowed(array)
    return array


def _narrowed(array: Array) -> Array:
    """Give an object array the dtype that its values have; labels of mixed types become text."""
    import numpy as np

    kinds = {type(value) for value in array.tolist()}
    if kinds <= {bool}:
        return array.astype(np.bool_)
    if kinds <= {int, bool}:
        return array.astype(np.int64)
    if kinds <= {int, float, bool}:
        return array.astype(np.float64)
    return array.astype(str)


def _columns(data: Any, target: str) -> list[Any]:
    if not hasattr(data, "columns"):
        raise EvaluationError(
            f"targets={target!r} names a column, but data is a {type(data).__name__} without column names. "
            "Pass a DataFrame, or the target values themselves."
        )
    return list(data.columns)


def _missing_column(target: str, columns: list[Any]) -> str:
    names = [str(column) for column in columns]
    close = difflib.get_close_matches(target, names, n=1)
    if close:
        return f"data has no column {target!r}. Did you mean {close[0]!r}?"
    n_more = len(names) - MAX_NAMED_COLUMNS
    shown = ", ".join(names[:MAX_NAMED_COLUMNS]) + (f" and {n_more} more" if n_more > 0 else "")
    return f"data has no column {target!r}. Its columns: {shown}."
