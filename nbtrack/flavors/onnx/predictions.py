"""From what users have to tensors of a graph, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nbtrack.errors import InvalidInput
from nbtrack.flavors.onnx.graphs import input_specs
from nbtrack.flavors.onnx.sessions import SessionSettings, open_session
from nbtrack.models import Schema, TensorSpec, enforce_schema


class OnnxPredictor:
    """Runs a graph on a DataFrame, an array, or a dict of arrays.

    A DataFrame is answered with one: a column for each output, a row for each of its rows; all else with a dict of
    the outputs. Numbers are rounded where the graph computes with single precision; else types are only widened.
    """

    checks_tensors = True

    def __init__(self, model: Any, settings: SessionSettings) -> None:
        self._session = open_session(model, settings)
        self._specs = input_specs(model)
        self._outputs = [output.name for output in self._session.get_outputs()]

    def __call__(self, given: Any, params: Mapping[str, Any]) -> Any:  # noqa: ARG002 a graph has none
        is_frame = hasattr(given, "columns")
        feed = {name: self._tensor(name, value) for name, value in self._named(given).items()}
        outputs = self._session.run(self._outputs, feed)
        named = dict(zip(self._outputs, outputs, strict=True))
        return _as_frame(named, given) if is_frame else named

    def _named(self, given: Any) -> dict[str, Any]:
        """Return what was given by the names of the inputs."""
        names = list(self._specs)
        has_names = isinstance(given, Mapping) or (hasattr(given, "columns") and set(names) <= set(given.columns))
        if not has_names and len(names) == 1:
            return {names[0]: given}
        missing = [name for name in names if not has_names or name not in given]
        if missing:
            raise InvalidInput(
                f"The graph has the inputs {', '.join(names)}: give a dict of arrays, or a DataFrame with these "
                f"columns. It lacks {', '.join(missing)}."
            )
        return {name: given[name] for name in names}

    def _tensor(self, name: str, value: Any) -> Any:
        spec = self._specs[name]
        tensor = _array(value)
        if spec is None:
            return tensor  # what ONNX Runtime says of it has to do
        if tensor.ndim == 1 and len(spec.shape) == 2 and spec.shape[1] in (1, -1):
            tensor = tensor.reshape(-1, 1)  # a column
        if tensor.dtype.kind in "fiu" and spec.type.kind == "f":
            tensor = tensor.astype(spec.type)
        return enforce_schema({name: tensor}, Schema([TensorSpec(spec.type, spec.shape, name)]))[name]


def _array(value: Any) -> Any:
    import numpy as np

    if hasattr(value, "toarray"):
        return value.toarray()
    array = value.to_numpy() if hasattr(value, "to_numpy") else np.asarray(value)
    if array.dtype == object and array.ndim == 1 and len(array) and hasattr(array[0], "__len__"):
        is_text = isinstance(array[0], (str, bytes))
        return array if is_text else np.stack([np.asarray(row) for row in array])
    return array


def _as_frame(outputs: Mapping[str, Any], given: Any) -> Any:
    import numpy as np
    import pandas as pd

    rows = len(given)
    columns: dict[str, Any] = {}
    for name, output in outputs.items():
        # An output may be a list: of dicts, where a classifier gives the probability of each class.
        array = np.asarray(output)
        if array.size == rows:
            columns[name] = array.reshape(-1)
        elif array.ndim and len(array) == rows:
            columns[name] = list(array)
        else:
            return dict(outputs)  # they are of another kind than rows
    return pd.DataFrame(columns)
