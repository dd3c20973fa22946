"""Input examples: the rows beside a model, and the request that a scoring server would get for them."""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbtrack.errors import InvalidInput, MalformedModel

INPUT_EXAMPLE = "input_example.json"
SERVING_INPUT_EXAMPLE = "serving_input_example.json"


def save_example(example: Any, directory: Path) -> dict[str, Any]:
    """Write both example files and return what the MLmodel file says about them.

    Parameters
    ----------
    example
        A DataFrame, Series, ndarray, sparse matrix, dict, list or scalar.
    directory
        The model folder.
    """
    info: dict[str, Any] = {"artifact_path": INPUT_EXAMPLE, "serving_input_path": SERVING_INPUT_EXAMPLE}
    if hasattr(example, "to_frame") and not hasattr(example, "columns"):
        example = example.to_frame()
    try:
        if hasattr(example, "columns"):
            # JSON has no NaN; a missing value is null in every column type.
            cells = example.astype(object).where(example.notna(), None)
            document = {"columns": list(example.columns), "data": cells.to_numpy(dtype=object).tolist()}
            stored, served = document, {"dataframe_split": document}
            info |= {"type": "dataframe", "pandas_orient": "split"}
        elif hasattr(example, "tocsr"):
            # MLflow's own form of a sparse example is a file of three arrays; rows say the same and can be read.
            stored, served = example.toarray().tolist(), {"inputs": example.toarray().tolist()}
            info |= {"type": "ndarray"}
        elif hasattr(example, "tolist"):
            stored, served = example.tolist(), {"inputs": example.tolist()}
            info |= {"type": "ndarray"}
        else:
            stored, served = example, {"inputs": example}
            info |= {"type": "json_object"}
        texts = (json.dumps(stored, default=_plain), json.dumps(served, default=_plain))
    except (TypeError, ValueError) as error:
        raise InvalidInput(
            f"The input example can't be kept as JSON ({error}). Give a DataFrame, an array, a dict or a list."
        ) from None
    (directory / INPUT_EXAMPLE).write_text(texts[0], encoding="utf-8")
    (directory / SERVING_INPUT_EXAMPLE).write_text(texts[1], encoding="utf-8")
    return info


def load_example(directory: Path, info: Mapping[str, Any] | None) -> Any:
    """Return the input example of a model folder, or None where it has none."""
    if not info:
        return None
    name = str(info.get("artifact_path", INPUT_EXAMPLE))
    if Path(name).name != name:
        raise MalformedModel(f"The input example's path {name!r} leaves the model folder.")
    try:
        stored = json.loads((directory / name).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise MalformedModel(f"The input example of {directory} can't be read: {error}") from None
    if info.get("type") == "dataframe":
        import pandas as pd

        return pd.DataFrame(stored["data"], columns=stored.get("columns"))
    if info.get("type") == "ndarray":
        import numpy as np

        return np.array(stored)
    return stored


def _plain(value: Any) -> Any:
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    if isinstance(value, dt.date):
        return value.isoformat()
    if hasattr(value, "tolist"):
        return value.tolist()
    if type(value).__name__ in ("NAType", "NaTType"):
        return None
    raise TypeError(f"{type(value).__name__} has no JSON form")
