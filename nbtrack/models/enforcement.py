"""Make data fit a signature: widen where nothing is lost, drop what is extra, refuse the rest by name."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any

from nbtrack.errors import SignatureMismatch
from nbtrack.models.inference import infer_type
from nbtrack.models.schema import (
    AnyType,
    Array,
    ColSpec,
    ColumnType,
    DataType,
    Map,
    Object,
    ParamSchema,
    ParamSpec,
    Schema,
    TensorSpec,
)

# Every integer up to here is a float64 too.
_EXACT_IN_DOUBLE = 2**53
_EXACT_IN_FLOAT = 2**24


def enforce_schema(given: Any, schema: Schema) -> Any:
    """Return ``given`` as the model of this schema wants it.

    Parameters
    ----------
    given
        A DataFrame, Series, ndarray, sparse matrix, dict, list or scalar.
    schema
        The model's inputs.

    Returns
    -------
    DataFrame
        For named columns: those of the schema in its order, widened to its types.
    ndarray or dict of ndarray
        For tensors.
    object
        ``given``, checked, where the schema is one column without a name.

    Raises
    ------
    SignatureMismatch
        A required column is missing or its values are not of the type and can't be widened to it without loss.
    """
    if schema.is_tensor_spec():
        return _enforce_tensors(given, schema)
    if schema.has_input_names():
        return _enforce_columns(_as_frame(given, schema), schema)
    return _enforce_unnamed(given, schema)


def enforce_params(given: Mapping[str, Any] | None, schema: ParamSchema | None) -> dict[str, Any]:
    """Return the params of ``predict`` with defaults filled in; unknown ones are left out with a warning.

    Raises
    ------
    SignatureMismatch
        A value has another type than its param.
    """
    given = dict(given or {})
    specs = {spec.name: spec for spec in schema or ()}
    unknown = sorted(given.keys() - specs.keys(), key=str)
    if unknown:
        warnings.warn(
            f"The model's signature has no params {unknown}; they are ignored. It has: {sorted(specs)}.", stacklevel=3
        )
    return {name: _param(given[name], spec) if name in given else spec.default for name, spec in specs.items()}


def _as_frame(given: Any, schema: Schema) -> Any:
    import pandas as pd

    names = schema.input_names()
    if isinstance(given, pd.DataFrame):
        return given
    if isinstance(given, pd.Series):
        return given.to_frame(names[0] if given.name is None and len(names) == 1 else given.name)
    if isinstance(given, Mapping):
        scalars = all(not _is_column(value) for value in given.values())
        return pd.DataFrame([given]) if scalars else pd.DataFrame(given)
    if isinstance(given, list) and given and all(isinstance(row, Mapping) for row in given):
        return pd.DataFrame(given)
    values = given.toarray() if hasattr(given, "toarray") else given
    try:
        frame = pd.DataFrame(values)
    except (ValueError, TypeError) as error:
        raise SignatureMismatch(f"The model wants the columns {names} and can't read them from this: {error}") from None
    if frame.shape[1] != len(names):
        raise SignatureMismatch(
            f"The model wants {len(names)} columns ({_some(names)}) and the input, whose columns have no names, "
            f"has {frame.shape[1]}."
        )
    return frame.set_axis(names, axis=1)


def _is_column(value: Any) -> bool:
    return isinstance(value, (list, tuple)) or (hasattr(value, "__len__") and hasattr(value, "dtype"))


def _enforce_columns(frame: Any, schema: Schema) -> Any:
    # JSON and CSV know only text names; a frame made from an array has numbers.
    by_text = {str(name): position for position, name in reversed(list(enumerate(frame.columns)))}
    missing = [name for name in schema.required_input_names() if str(name) not in by_text]
    if missing:
        raise SignatureMismatch(
            f"The model wants the columns {_some(missing)}, which the input lacks. "
            f"It has: {_some(list(frame.columns))}."
        )
    columns = {}
    changed = len(frame.columns) != len(schema)
    for position, (name, spec) in enumerate(zip(schema.input_names(), schema, strict=True)):
        if str(name) not in by_text:
            changed = True
            continue
        found = by_text[str(name)]
        column = frame.iloc[:, found]
        columns[name] = _enforce_column(column, spec, name)
        changed |= columns[name] is not column or found != position or frame.columns[found] != name
    if not changed:
        return frame
    import pandas as pd

    return pd.DataFrame(columns, index=frame.index)


def _enforce_column(column: Any, spec: Any, name: str | int) -> Any:
    wanted = spec.type
    if isinstance(wanted, AnyType):
        return column
    if isinstance(wanted, (Array, Map, Object)):
        for value in column:
            if value is not None and not _fits(value, wanted):
                raise _mismatch(name, wanted, str(infer_type(value)))
        return column
    return _WIDEN[wanted](column, name, spec.required)


def _to_integer(name_of_type: str, bits: int) -> Callable[[Any, Any, bool], Any]:
    def widen(column: Any, name: Any, required: bool) -> Any:
        wanted = DataType(name_of_type)
        column = _unboxed(column, "iu")
        dtype = column.dtype
        if dtype.kind == "f" and column.hasnans and _is_whole(column):
            # pandas has no other way to hold integers beside missing values in a plain column.
            if required:
                raise _mismatch(name, wanted, "missing values")
            return column.astype(f"Int{bits}")
        if dtype.kind not in "iu":
            raise _mismatch(name, wanted, _describe(column))
        if column.hasnans:
            if required:
                raise _mismatch(name, wanted, "missing values")
            return column
        low, high = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
        if len(column) and (column.min() < low or column.max() > high):
            raise _mismatch(name, wanted, f"{dtype} with values that do not fit in {bits} bits")
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
                raise _mismatch(name, wanted, f"{dtype} with values that {wanted} can't hold exactly")
            return column.astype(target)
        if dtype.kind != "f":
            raise _mismatch(name, wanted, _describe(column))
        if dtype == target:
            return column
        if wanted is DataType.float and not _is_exact_in_float(column):
            raise _mismatch(name, wanted, _describe(column))
        return column.astype(target)

    return widen


def _to_boolean(column: Any, name: Any, required: bool) -> Any:
    column = _unboxed(column, "b")
    if column.dtype.kind != "b":
        raise _mismatch(name, DataType.boolean, _describe(column))
    if required and column.hasnans:
        raise _mismatch(name, DataType.boolean, "missing values")
    return column


def _to_string(column: Any, name: Any, _required: bool) -> Any:
    values = column.cat.categories if hasattr(column, "cat") else column.dropna()
    if not all(isinstance(value, str) for value in values):
        raise _mismatch(name, DataType.string, _describe(column))
    return column


def _to_binary(column: Any, name: Any, _required: bool) -> Any:
    if not all(isinstance(value, (bytes, bytearray)) for value in column.dropna()):
        raise _mismatch(name, DataType.binary, _describe(column))
    return column


def _to_datetime(column: Any, name: Any, _required: bool) -> Any:
    import datetime as dt

    import pandas as pd

    if column.dtype.kind == "M":
        return column
    if column.dtype == object and all(isinstance(value, dt.date) for value in column.dropna()):
        return pd.to_datetime(column)
    raise _mismatch(name, DataType.datetime, _describe(column))


_WIDEN: dict[Any, Callable[[Any, Any, bool], Any]] = {
    DataType.integer: _to_integer("integer", 32),
    DataType.long: _to_integer("long", 64),
    DataType.float: _to_real("float", _EXACT_IN_FLOAT),
    DataType.double: _to_real("double", _EXACT_IN_DOUBLE),
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
    if types <= {int, float} and all(isinstance(v, float) or abs(v) <= _EXACT_IN_DOUBLE for v in present):
        if "f" in kinds:
            return column.astype("float64")
        if float not in types:
            return column.astype("Int64")
    return column


def _is_whole(column: Any) -> bool:
    present = column.dropna()
    return bool((present == present.round()).all() and (present.abs() <= _EXACT_IN_DOUBLE).all())


def _is_exact_in_float(column: Any) -> bool:
    narrow = column.astype("float32").astype(column.dtype)
    return bool(((narrow == column) | column.isna()).all())


def _describe(column: Any) -> str:
    if column.dtype != object and column.dtype.kind != "O":
        words = {"i": "integer", "u": "unsigned integer", "b": "boolean", "M": "datetime", "f": "double"}
        return f"{words.get(column.dtype.kind, 'values')} ({column.dtype})"
    found = sorted({str(infer_type(value)) for value in column.dropna().head(1000)})
    if column.isna().any():
        found.append("missing values")
    return " and ".join(found) or "no values"


def _mismatch(name: str | int, wanted: object, found: str) -> SignatureMismatch:
    return SignatureMismatch(f"Column {name!r} must be {wanted} and holds {found}, which can't become it without loss.")


def _some(names: list[Any]) -> str:
    return str(names) if len(names) <= 12 else f"{names[:12]} and {len(names) - 12} more"


def _fits(value: Any, wanted: ColumnType) -> bool:
    if isinstance(wanted, AnyType):
        return True
    if isinstance(wanted, Array):
        listed = isinstance(value, (list, tuple)) or hasattr(value, "tolist")
        return listed and all(_fits(item, wanted.dtype) for item in value)
    if isinstance(wanted, Map):
        return isinstance(value, Mapping) and all(_fits(item, wanted.value_type) for item in value.values())
    if isinstance(wanted, Object):
        return isinstance(value, Mapping) and all(
            _fits(value[field.name], field.dtype) if field.name in value else not field.required
            for field in wanted.properties
        )
    return str(infer_type(value)) in _ACCEPTED[wanted]


_ACCEPTED: dict[Any, frozenset[str]] = {
    DataType.boolean: frozenset({"boolean"}),
    DataType.integer: frozenset({"integer"}),
    DataType.long: frozenset({"integer", "long"}),
    DataType.float: frozenset({"float", "integer"}),
    DataType.double: frozenset({"integer", "long", "float", "double"}),
    DataType.string: frozenset({"string"}),
    DataType.binary: frozenset({"binary"}),
    DataType.datetime: frozenset({"datetime"}),
}


def _enforce_unnamed(given: Any, schema: Schema) -> Any:
    if len(schema) != 1:
        return given
    spec = schema.inputs[0]
    if not isinstance(spec, ColSpec) or isinstance(spec.type, AnyType):
        return given
    import pandas as pd

    if isinstance(given, pd.Series):
        return _enforce_column(given, spec, "input")
    if isinstance(given, pd.DataFrame):
        if given.shape[1] != 1:
            raise SignatureMismatch(f"The model wants one column of {spec.type}, and the input has {given.shape[1]}.")
        column = _enforce_column(given.iloc[:, 0], spec, given.columns[0])
        return column.to_frame()
    for value in given if isinstance(given, list) else [given]:
        if not _fits(value, spec.type):
            raise SignatureMismatch(f"The input must hold {spec.type} and holds {infer_type(value)}.")
    return given


def _enforce_tensors(given: Any, schema: Schema) -> Any:
    specs = [spec for spec in schema if isinstance(spec, TensorSpec)]
    if not schema.has_input_names():
        return _enforce_tensor(given, specs[0], "input")
    if not isinstance(given, Mapping) and not hasattr(given, "columns"):
        if len(specs) == 1:
            return _enforce_tensor(given, specs[0], str(specs[0].name))
        raise SignatureMismatch(f"The model wants a dict of the tensors {_some(schema.input_names())}.")
    missing = [spec.name for spec in specs if spec.name not in given]
    if missing:
        raise SignatureMismatch(f"The model wants the tensors {_some(missing)}, which the input lacks.")
    return {spec.name: _enforce_tensor(given[spec.name], spec, str(spec.name)) for spec in specs}


def _enforce_tensor(given: Any, spec: TensorSpec, name: str) -> Any:
    import numpy as np

    if hasattr(given, "tocsr"):
        tensor = given
    else:
        tensor = given.to_numpy() if hasattr(given, "to_numpy") else np.asarray(given)
        if hasattr(given, "columns") and given.shape[1] == 1 and len(spec.shape) == 1:
            tensor = tensor[:, 0]
    if len(tensor.shape) != len(spec.shape) or any(
        want not in (-1, got) for want, got in zip(spec.shape, tensor.shape, strict=True)
    ):
        raise SignatureMismatch(f"Tensor {name!r} must have the shape {spec.shape} and has {tensor.shape}.")
    if tensor.dtype == spec.type or spec.type.kind == "O":
        return tensor
    if spec.type.kind == "U" and tensor.dtype.kind in "UO":
        return tensor
    if not _is_tensor_exact(tensor, spec.type):
        raise SignatureMismatch(
            f"Tensor {name!r} must be {spec.type} and is {tensor.dtype}, which can't become it without loss."
        )
    return tensor.astype(spec.type)


def _is_tensor_exact(tensor: Any, wanted: Any) -> bool:
    import numpy as np

    if np.can_cast(tensor.dtype, wanted, "safe") and tensor.dtype.kind != "b":
        # NumPy calls int64 -> float64 safe; beyond 2**53 it is not.
        if tensor.dtype.kind in "iu" and wanted.kind == "f" and tensor.size:
            exact = _EXACT_IN_DOUBLE if wanted.itemsize >= 8 else _EXACT_IN_FLOAT
            return max(abs(int(tensor.min())), abs(int(tensor.max()))) <= exact
        return True
    return False


def _param(value: Any, spec: ParamSpec) -> Any:
    def refuse(found: object) -> SignatureMismatch:
        return SignatureMismatch(f"Param {spec.name!r} must be {spec.dtype}{_shape(spec)} and is {found}.")

    if spec.shape is not None:
        if not (isinstance(value, (list, tuple)) or hasattr(value, "tolist")):
            raise refuse(infer_type(value))
        wrong = [item for item in value if not _fits(item, spec.dtype)]
        if wrong:
            raise refuse(f"a list with {infer_type(wrong[0])}")
        return value
    if value is None and spec.default is None:
        return value
    if not _fits_param(value, spec.dtype):
        raise refuse(infer_type(value))
    return float(value) if spec.dtype is DataType.double and not isinstance(value, float) else value


def _fits_param(value: Any, wanted: ColumnType) -> bool:
    if isinstance(value, int) and not isinstance(value, bool) and wanted is DataType.integer:
        return -(2**31) <= value < 2**31
    if isinstance(value, (int, float)) and not isinstance(value, bool) and wanted is DataType.float:
        return True
    return _fits(value, wanted)


def _shape(spec: ParamSpec) -> str:
    return "" if spec.shape is None else f" of shape {spec.shape}"
