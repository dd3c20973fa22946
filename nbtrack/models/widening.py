"""Widening a column to the type that a model wants, where nothing is lost by it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nbtrack.errors import SignatureMismatch
from nbtrack.models.fitting import EXACT_IN_DOUBLE, EXACT_IN_FLOAT
from nbtrack.models.inference import infer_type
from nbtrack.models.schema import DataType


def _to_integer(name_of_type: str, bits: int) -> Callable[[Any, Any, bool], Any]:
    def widen(column: Any, name: Any, required: bool) -> Any:
        wanted = DataType(name_of_type)
        if _is_missing(column):
            return _as_missing(column, name, wanted, required, f"Int{bits}")
        column = _unboxed(column, "iu")
        dtype = column.dtype
        if dtype.kind == "f" and column.hasnans and _is_whole(column):
            # pandas has no other way to hold integers beside missing values in a plain column.
            if required:
                raise mismatch(name, wanted, "missing values")
            return column.astype(f"Int{bits}")
        if dtype.kind not in "iu":
            raise mismatch(name, wanted, _describe(column))
        if column.hasnans:
            if required:
                raise mismatch(name, wanted, "missing values")
            return column
        low, high = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
        if len(column) and (column.min() < low or column.max() > high):
            raise mismatch(name, wanted, f"{dtype} with values that do not fit in {bits} bits")
        # Narrower integers are left to the model as they are only where the type says so itself.
        return column if dtype == f"int{bits}" or str(dtype) == f"Int{bits}" else column.astype(f"int{bits}")

    return widen


def _to_real(name_of_type: str, exact: int) -> Callable[[Any, Any, bool], Any]:
    def widen(column: Any, name: Any, required: bool) -> Any:  # noqa: ARG001 - NaN is a value of every real column
        wanted = DataType(name_of_type)
        column = _unboxed(column, "iuf")
        dtype = column.dtype
        target = "float64" if wanted is DataType.double else "float32"
        if dtype.kind in "iu":
            if len(column) and max(abs(int(column.min())), abs(int(column.max()))) > exact:
                raise mismatch(name, wanted, f"{dtype} with values that {wanted} can't hold exactly")
            return column.astype(target)
        if dtype.kind != "f":
            raise mismatch(name, wanted, _describe(column))
        if dtype == target:
            return column
        if wanted is DataType.float and not _is_exact_in_float(column):
            raise mismatch(name, wanted, _describe(column))
        return column.astype(target)

    return widen


def _to_boolean(column: Any, name: Any, required: bool) -> Any:
    if _is_missing(column):
        return _as_missing(column, name, DataType.boolean, required, "boolean")
    column = _unboxed(column, "b")
    if column.dtype.kind != "b":
        raise mismatch(name, DataType.boolean, _describe(column))
    if required and column.hasnans:
        raise mismatch(name, DataType.boolean, "missing values")
    return column


def _to_string(column: Any, name: Any, _required: bool) -> Any:
    values = column.cat.categories if hasattr(column, "cat") else column.dropna()
    if not all(isinstance(value, str) for value in values):
        raise mismatch(name, DataType.string, _describe(column))
    return column


def _to_binary(column: Any, name: Any, _required: bool) -> Any:
    if not all(isinstance(value, (bytes, bytearray)) for value in column.dropna()):
        raise mismatch(name, DataType.binary, _describe(column))
    return column


def _to_datetime(column: Any, name: Any, _required: bool) -> Any:
    import datetime as dt

    import pandas as pd

    if column.dtype.kind == "M":
        return column
    if column.dtype == object and all(isinstance(value, dt.date) for value in column.dropna()):
        moments = pd.to_datetime(column)
        # As pandas holds what it reads of texts, and never coarser than it was.
        return moments.dt.as_unit("us") if moments.dt.unit == "s" else moments
    raise mismatch(name, DataType.datetime, _describe(column))


WIDEN: dict[Any, Callable[[Any, Any, bool], Any]] = {
    DataType.integer: _to_integer("integer", 32),
    DataType.long: _to_integer("long", 64),
    DataType.float: _to_real("float", EXACT_IN_FLOAT),
    DataType.double: _to_real("double", EXACT_IN_DOUBLE),
    DataType.boolean: _to_boolean,
    DataType.string: _to_string,
    DataType.binary: _to_binary,
    DataType.datetime: _to_datetime,
}


def _unboxed(column: Any, kinds: str) -> Any:
    """Return a column of Python objects, or a categorical, as a numeric one where all values are numbers."""
    dtype = column.dtype
    if hasattr(column, "cat") and column.cat.categories.dtype.kind in kinds:
        return column.astype(column.cat.categories.dtype)
    if str(dtype) != "object":
        return column
    found = column.infer_objects()
    if found.dtype != object:
        return found
    present = column.dropna()
    if present.empty:
        return column.astype("float64") if "f" in kinds else column
    types = {type(value) for value in present}
    if "b" in kinds and not types - {bool}:
        return column.astype("boolean")
    if types <= {int, float} and all(isinstance(v, float) or abs(v) <= EXACT_IN_DOUBLE for v in present):
        if "f" in kinds:
            return column.astype("float64")
        if float not in types:
            return column.astype("Int64")
    return column


def _is_missing(column: Any) -> bool:
    """Return whether there are rows, and nothing in them: such a column has no type of its own."""
    return len(column) > 0 and column.dtype.kind in "fO" and bool(column.isna().all())


def _as_missing(column: Any, name: Any, wanted: DataType, required: bool, dtype: str) -> Any:
    if required:
        raise mismatch(name, wanted, "missing values")
    return column.astype(dtype)


def _is_whole(column: Any) -> bool:
    present = column.dropna()
    return bool((present == present.round()).all() and (present.abs() <= EXACT_IN_DOUBLE).all())


def _is_exact_in_float(column: Any) -> bool:
    import numpy as np

    with np.errstate(over="ignore"):  # what is too large becomes infinite, and is not equal then
        narrow = column.astype("float32").astype(column.dtype)
    return bool(((narrow == column) | column.isna()).all())


def _describe(column: Any) -> str:
    if column.dtype != object and column.dtype.kind != "O":
        words = {"i": "integer", "u": "unsigned integer", "b": "boolean", "M": "datetime", "f": "double"}
        return f"{words.get(column.dtype.kind, 'values')} ({column.dtype})"
    found = sorted({describe_value(value) for value in column.dropna().head(1000)})
    if column.isna().any():
        found.append("missing values")
    return " and ".join(found) or "no values"


def describe_value(value: Any) -> str:
    """Return the type that a value has, for a message."""
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return "an integer of more than 64 bits"
    if isinstance(value, (dict, list, tuple)) and not value:
        return repr(value)
    return str(infer_type(value))


def mismatch(name: str | int, wanted: object, found: str) -> SignatureMismatch:
    return SignatureMismatch(f"Column {name!r} must be {wanted} and holds {found}, which can't become it without loss.")
