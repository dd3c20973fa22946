"""From what users have to the tensors that a model takes, and back to a frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nbtrack.errors import InvalidInput
from nbtrack.models import Schema, TensorSpec, enforce_schema


@dataclass(frozen=True)
class TensorInputs:
    """The inputs of a model by name; None stands for one that a `TensorSpec` can't describe."""

    specs: Mapping[str, TensorSpec | None]

    def named(self, given: Any) -> dict[str, Any]:
        """Return an array for each input.

        Numbers are rounded where the model computes with fewer bits; else types are only widened.

        Parameters
        ----------
        given
            A dict of arrays or a DataFrame with the inputs as columns; for the only input also an array, or a
            DataFrame as a whole.

        Raises
        ------
        InvalidInput
            An input is missing.
        SignatureMismatch
            An array is of another shape or type.
        """
        return {name: self._tensor(name, value) for name, value in self._by_name(given).items()}

    def _by_name(self, given: Any) -> dict[str, Any]:
        names = list(self.specs)
        has_names = isinstance(given, Mapping) or (hasattr(given, "columns") and set(names) <= set(given.columns))
        if len(names) == 1 and (not has_names or self._is_whole(names[0], given)):
            return {names[0]: given}
        missing = [name for name in names if not has_names or name not in given]
        if missing:
            raise InvalidInput(
                f"The model has the inputs {', '.join(names)}: give a dict of arrays, or a DataFrame with these "
                f"columns. It lacks {', '.join(missing)}."
            )
        return {name: given[name] for name in names}

    def _is_whole(self, name: str, given: Any) -> bool:
        """Return whether a frame, one of whose columns happens to be called like the input, is the input itself."""
        spec = self.specs[name]
        width = spec.shape[1] if spec is not None and len(spec.shape) == 2 else 1
        return hasattr(given, "columns") and width > 1 and len(given.columns) == width

    def _tensor(self, name: str, value: Any) -> Any:
        spec = self.specs[name]
        tensor = _array(value)
        if spec is None:
            return tensor  # what the framework says of it has to do
        if tensor.ndim == 1 and len(spec.shape) == 2 and spec.shape[1] in (1, -1):
            tensor = tensor.reshape(-1, 1)  # a column
        if tensor.dtype.kind in "fiu" and spec.type.kind == "f":
            tensor = tensor.astype(spec.type)
        return enforce_schema({name: tensor}, Schema([TensorSpec(spec.type, spec.shape, name)]))[name]


def framed(answer: Any, given: Any) -> Any:
    """Return an array that answers a frame as a frame with its index; all else as it is."""
    if not hasattr(given, "columns") or getattr(answer, "ndim", 3) > 2:
        return answer
    import pandas as pd

    return pd.DataFrame(answer, index=getattr(given, "index", None))


def _array(value: Any) -> Any:
    import numpy as np

    if hasattr(value, "toarray"):
        return value.toarray()
    array = value.to_numpy() if hasattr(value, "to_numpy") else np.asarray(value)
    if array.dtype == object and array.ndim == 1 and len(array) and hasattr(array[0], "__len__"):
        is_text = isinstance(array[0], (str, bytes))
        return array if is_text else np.stack([np.asarray(row) for row in array])
    return array
