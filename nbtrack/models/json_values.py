"""From what JSON and CSV can say to the types of a schema: they have no float32, dates or bytes of their own."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from nbtrack.errors import SignatureMismatch
from nbtrack.models.schema import ColSpec, DataType, Schema, TensorSpec

LONGEST_SHOWN = 40


def columns_from_text(frame: Any, schema: Schema | None) -> Any:
    """Read dates, bytes and float32 in the columns of ``frame`` that the schema says are such.

    Raises
    ------
    SignatureMismatch
        A text is no date in ISO 8601, or no base64.
    """
    if schema is None or schema.is_tensor_spec() or not schema.has_input_names():
        return frame
    for spec in schema:
        if isinstance(spec, ColSpec) and spec.type in _READERS and spec.name in frame.columns:
            frame[spec.name] = _READERS[spec.type](frame[spec.name], spec.name)
    return frame


def items_from_text(values: Any, schema: Schema) -> Any:
    """Read dates and bytes in a list that is the schema's one column without a name.

    Raises
    ------
    SignatureMismatch
        A text is no date in ISO 8601, or no base64.
    """
    wanted = schema.inputs[0].type if len(schema) == 1 else None
    if wanted not in (DataType.datetime, DataType.binary) or not isinstance(values, list):
        return values
    import pandas as pd

    return _READERS[wanted](pd.Series(values, dtype=object), "inputs").tolist()


def tensors_from_json(value: Any, schema: Schema | None) -> Any:
    """Return arrays of the schema's dtypes from nested lists; a dict stays a dict of arrays.

    Raises
    ------
    SignatureMismatch
        The lists are ragged, or hold something else than the schema says.
    """
    specs = {spec.name: spec for spec in schema or () if isinstance(spec, TensorSpec)}
    if isinstance(value, dict):
        return {name: _tensor(item, specs.get(name), name) for name, item in value.items()}
    return _tensor(value, next(iter(specs.values()), None), "inputs")


def _tensor(value: Any, spec: TensorSpec | None, name: str) -> Any:
    import numpy as np

    try:
        tensor = np.array(value)
    except (ValueError, OverflowError):
        raise SignatureMismatch(f"{name!r} is no tensor: its lists have different lengths.") from None
    if tensor.dtype == object:
        tensor = _with_gaps(tensor)
    if spec is None or tensor.dtype == spec.type:
        return tensor
    # JSON has one kind of number, so that 0.1 means the nearest float32 to a model of float32.
    if spec.type.kind == "f" and tensor.dtype.kind in "iuf" and _is_within(tensor, _largest(tensor, spec.type)):
        return tensor.astype(spec.type)
    if spec.type.kind in "iu" and tensor.dtype.kind in "iu" and tensor.size:
        limits = np.iinfo(spec.type)
        if limits.min <= tensor.min() and tensor.max() <= limits.max:
            return tensor.astype(spec.type)
    return tensor


def _largest(tensor: Any, wanted: Any) -> float:
    """Return up to where the tensor's values can be of the floating point type; integers stay exact."""
    import numpy as np

    return float(np.finfo(wanted).max) if tensor.dtype.kind == "f" else float(2 ** (np.finfo(wanted).nmant + 1))


def _is_within(tensor: Any, largest: float) -> bool:
    import numpy as np

    return bool(np.all((np.abs(tensor) <= largest) | ~np.isfinite(tensor)))


def _with_gaps(tensor: Any) -> Any:
    """Read null as NaN, which JSON can't say, where all else is numbers."""
    numbers = (item is None or (isinstance(item, (int, float)) and not isinstance(item, bool)) for item in tensor.flat)
    return tensor.astype("float64") if all(numbers) else tensor


def _read_float(column: Any, _name: str) -> Any:
    import numpy as np

    if column.dtype.kind != "f":  # integers are exact, or refused later
        return column
    finite = column.abs().replace(np.inf, 0).fillna(0)
    return column.astype("float32") if bool((finite <= float(np.finfo("float32").max)).all()) else column


def _read_datetime(column: Any, name: str) -> Any:
    import pandas as pd

    texts = column.dropna()
    if texts.empty:
        return pd.to_datetime(column).dt.as_unit("us")
    if not all(isinstance(value, str) for value in texts):
        return column
    try:
        return pd.to_datetime(column, format="ISO8601")
    except (ValueError, OverflowError):
        raise _not_written(name, "datetime", "ISO 8601", _first_unread(texts)) from None


def _first_unread(texts: Any) -> str:
    """Return the text that is no date; where each is one for itself, the last, whose time zone is another."""
    import pandas as pd

    for text in texts:
        try:
            pd.to_datetime(text, format="ISO8601")
        except (ValueError, OverflowError):
            return str(text)
    return str(texts.iloc[-1])


def _read_binary(column: Any, name: str) -> Any:
    def decoded(text: Any) -> Any:
        if not isinstance(text, str):
            return text
        try:
            # MLflow writes base64 in lines, as e-mail does.
            return base64.b64decode("".join(text.split()), validate=True)
        except binascii.Error:
            raise _not_written(name, "binary", "base64", text) from None

    read = column.map(decoded)
    return read.astype(object) if read.isna().all() else read


def _not_written(name: str, wanted: str, form: str, text: str) -> SignatureMismatch:
    found = text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"
    return SignatureMismatch(f"Column {name!r} must be {wanted}, written as {form}, and holds string: {found!r}.")


_READERS: dict[Any, Any] = {
    DataType.float: _read_float,
    DataType.datetime: _read_datetime,
    DataType.binary: _read_binary,
}
