"""From what users have to tensors of a graph, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nbtrack.flavors.onnx.graphs import input_specs
from nbtrack.flavors.onnx.sessions import SessionSettings, open_session
from nbtrack.flavors.tensor_inputs import TensorInputs


class OnnxPredictor:
    """Runs a graph on a DataFrame, an array, or a dict of arrays.

    A DataFrame is answered with one: a column for each output, a row for each of its rows; all else with a dict of
    the outputs. Numbers are rounded where the graph computes with single precision; else types are only widened.
    """

    checks_tensors = True

    def __init__(self, model: Any, settings: SessionSettings) -> None:
        self._session = open_session(model, settings)
        self._inputs = TensorInputs(input_specs(model))
        self._outputs = [output.name for output in self._session.get_outputs()]

    def __call__(self, given: Any, params: Mapping[str, Any]) -> Any:  # noqa: ARG002 a graph has none
        is_frame = hasattr(given, "columns")
        outputs = self._session.run(self._outputs, self._inputs.named(given))
        named = dict(zip(self._outputs, outputs, strict=True))
        return _as_frame(named, given) if is_frame else named


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
