"""Input examples: the rows beside a model, and the request that a scoring server would get for them."""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbtrack.errors import InvalidInput, MalformedModel
from nbtrack.models.inference import is_tensor
from nbtrack.models.json_values import columns_from_text, tensors_from_json
from nbtrack.models.polars_frames import is_polars, to_pandas
from nbtrack.models.schema import Schema

INPUT_EXAMPLE = "input_example.json"
SERVING_INPUT_EXAMPLE = "serving_input_example.json"
_SPARSE = "sparse_matrix_"


@dataclass(frozen=True)
class InputExample:
    """What a model is given, and the params of ``predict`` beside it."""

    inputs: Any
    params: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, given: Any) -> InputExample:
        """Read what users give: the data, or a pair of the data and a dict of params."""
        if isinstance(given, tuple) and len(given) == 2 and isinstance(given[1], Mapping):
            return cls(_as_pandas(given[0]), given[1])
        return cls(_as_pandas(given))


def save_example(example: InputExample, directory: Path) -> dict[str, Any]:
    """Write both example files and return what the MLmodel file says about them.

    Raises
    ------
    InvalidInput
        There is a value that JSON can't say; nothing is written.
    """
    kind, stored, served = _documents(example.inputs)
    info: dict[str, Any] = {"artifact_path": INPUT_EXAMPLE, "serving_input_path": SERVING_INPUT_EXAMPLE, **kind}
    if example.params:
        params = dict(example.params)
        stored, served = {"inputs": stored, "params": params}, {**served, "params": params}
        info["params"] = "true"
    try:
        texts = (json.dumps(stored, default=_plain), json.dumps(served, default=_plain))
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidInput(
            f"The input example can't be kept as JSON ({error}). Give a DataFrame, an array, a dict or a list."
        ) from None
    (directory / INPUT_EXAMPLE).write_text(texts[0], encoding="utf-8")
    (directory / SERVING_INPUT_EXAMPLE).write_text(texts[1], encoding="utf-8")
    return info


def load_example(directory: Path, info: Mapping[str, Any] | None, schema: Schema | None = None) -> InputExample | None:
    """Return the input example of a model folder, or None where it has none.

    Parameters
    ----------
    info
        What the MLmodel file says about it.
    schema
        The model's inputs: JSON has no dates, bytes and small numbers of its own.

    Raises
    ------
    MalformedModel
        The file is missing or damaged, or lies outside of the folder.
    """
    if not info:
        return None
    name = str(info.get("artifact_path", INPUT_EXAMPLE))
    if Path(name).name != name:
        raise MalformedModel(f"The input example's path {name!r} leaves the model folder.")
    try:
        stored = json.loads((directory / name).read_text(encoding="utf-8"))
        params = {}
        if str(info.get("params", "")).lower() == "true":
            stored, params = stored["inputs"], stored["params"]
        return InputExample(_read(str(info.get("type")), stored, schema), params)
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise MalformedModel(f"The input example of {directory} can't be read: {error}") from None


def _as_pandas(given: Any) -> Any:
    given = to_pandas(given) if is_polars(given) else given
    return given.to_frame() if hasattr(given, "to_frame") and not hasattr(given, "columns") else given


def _documents(inputs: Any) -> tuple[dict[str, str], Any, dict[str, Any]]:
    """Return what MLmodel says of the kind of example, its own file, and the request to a scoring server."""
    if hasattr(inputs, "columns"):
        document = _frame_document(inputs)
        orient = "split" if "columns" in document else "values"
        return {"type": "dataframe", "pandas_orient": orient}, document, {"dataframe_split": document}
    if hasattr(inputs, "tocsr"):
        matrix = inputs if inputs.format in ("csr", "csc") else inputs.tocsr()
        arrays = {"data": matrix.data, "indices": matrix.indices, "indptr": matrix.indptr}
        stored = {name: _listed(part) for name, part in arrays.items()} | {"shape": list(matrix.shape)}
        return {"type": _SPARSE + matrix.format}, stored, {"inputs": _listed(matrix.toarray())}
    tensors = [inputs] if not isinstance(inputs, Mapping) else list(inputs.values())
    if tensors and all(map(is_tensor, tensors)):
        if isinstance(inputs, Mapping):
            stored = {str(name): _listed(tensor) for name, tensor in inputs.items()}
        else:
            stored = _listed(inputs)
        return {"type": "ndarray"}, stored, {"inputs": stored}
    return {"type": "json_object"}, inputs, {"inputs": inputs}


def _frame_document(frame: Any) -> dict[str, Any]:
    # JSON has no NaN; a missing value is null in every column type.
    cells = frame.astype(object).where(frame.notna(), None)
    data = cells.to_numpy(dtype=object).tolist()
    columns = [name if isinstance(name, (str, int)) else str(name) for name in frame.columns.tolist()]
    return {"data": data} if columns == list(range(len(columns))) else {"columns": columns, "data": data}


def _listed(tensor: Any) -> Any:
    import numpy as np

    array: Any = np.asarray(tensor.toarray() if hasattr(tensor, "toarray") else tensor)
    if array.dtype.kind == "f" and np.isnan(array).any():
        array = np.where(np.isnan(array), None, array.astype(object))
    return array.tolist()


def _read(kind: str, stored: Any, schema: Schema | None) -> Any:
    if kind == "dataframe":
        import pandas as pd

        return columns_from_text(pd.DataFrame(stored["data"], columns=stored.get("columns")), schema)
    if kind.startswith(_SPARSE):
        from scipy import sparse

        parts = (stored["data"], stored["indices"], stored["indptr"])
        make = sparse.csc_matrix if kind.endswith("csc") else sparse.csr_matrix
        matrix = make(parts, shape=tuple(stored["shape"]))
        matrix.check_format(full_check=True)  # an index beyond the shape would be read from foreign memory
        return matrix
    return tensors_from_json(stored, schema) if kind == "ndarray" else stored


def _plain(value: Any) -> Any:
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    if hasattr(value, "tolist"):
        return value.tolist()
    if type(value).__name__ in ("NAType", "NaTType"):
        return None
    raise TypeError(f"{type(value).__name__} has no JSON form")
