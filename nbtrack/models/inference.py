"""Read a signature off data: pandas, NumPy, SciPy sparse, dicts, lists and scalars.

No framework is imported to find out what a value is: an instance of a class can only exist
when its package is already loaded.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from nbtrack.errors import InvalidInput
from nbtrack.models.polars_frames import is_polars, to_pandas
from nbtrack.models.schema import (
    AnyType,
    Array,
    ColSpec,
    ColumnType,
    DataType,
    Object,
    ParamSchema,
    ParamSpec,
    Property,
    Schema,
    TensorSpec,
)
from nbtrack.models.signature import ModelSignature


def infer_signature(
    inputs: object = None, outputs: object = None, params: Mapping[str, Any] | None = None
) -> ModelSignature:
    """Infer a signature from what a model is given and what it returns.

    Parameters
    ----------
    inputs, outputs
        A DataFrame or Series (of pandas or polars), ndarray, sparse matrix, dict, list or scalar.
    params
        The params of ``predict`` with their defaults.

    Examples
    --------
    >>> infer_signature([{"age": 30, "city": "Oslo"}], [0.5]).inputs
    ['age': long (required), 'city': string (required)]
    """
    return ModelSignature(
        None if inputs is None else infer_schema(inputs),
        None if outputs is None else infer_schema(outputs),
        infer_params(params) if params else None,
    )


def infer_schema(example: Any) -> Schema:
    """Infer the schema of one value; what has no column type becomes ``any``."""
    if is_polars(example):
        return infer_schema(to_pandas(example))
    if _is_instance(example, "pandas", "DataFrame"):
        return _schema_of([_column(example.iloc[:, i], name) for i, name in enumerate(example.columns)])
    if _is_instance(example, "pandas", "Series"):
        return Schema([_column(example, example.name)])
    if is_tensor(example):
        return Schema([_tensor(example)])
    if isinstance(example, Mapping):
        return _schema_of_mapping(example)
    if isinstance(example, list):
        return _schema_of_list(example)
    return Schema([ColSpec(infer_type(example))])


def infer_type(value: Any) -> ColumnType:
    """Return the type of one value that a cell, a list or a param holds."""
    return _common_type([value])


def infer_params(params: Mapping[str, Any]) -> ParamSchema:
    """Infer the schema of predict's params from their defaults."""
    return ParamSchema([_param(name, value) for name, value in params.items()])


def _is_instance(value: object, package: str, name: str) -> bool:
    module = sys.modules.get(package)
    return module is not None and isinstance(value, getattr(module, name, ()))


def is_tensor(value: Any) -> bool:
    """Return whether ``value`` is an array of at least one dimension, or a sparse matrix."""
    if _is_instance(value, "numpy", "ndarray"):
        return bool(value.ndim)
    return type(value).__module__.startswith("scipy.sparse") and hasattr(value, "tocsr")


def _tensor(value: Any, name: str | None = None) -> TensorSpec:
    return TensorSpec(value.dtype, (-1, *value.shape[1:]), name)


def _schema_of(columns: Sequence[ColSpec]) -> Schema:
    # A schema of nothing can't be written down: MLflow refuses to read it.
    return Schema(columns or [ColSpec(AnyType())])


def _schema_of_mapping(example: Mapping[Any, Any]) -> Schema:
    if example and all(is_tensor(value) for value in example.values()):
        return Schema([_tensor(value, str(name)) for name, value in example.items()])
    return _schema_of([ColSpec(infer_type(value), name, value is not None) for name, value in example.items()])


def _schema_of_list(example: list[Any]) -> Schema:
    rows = _common_type(example)
    if isinstance(rows, Object) and all(isinstance(item, Mapping) for item in example):
        return Schema([ColSpec(p.dtype, p.name, p.required) for p in rows.properties])
    return Schema([ColSpec(rows)])


def _column(column: Any, name: Any) -> ColSpec:
    required = not bool(column.isna().any())
    return ColSpec(_column_type(column), name if isinstance(name, (str, int)) or name is None else str(name), required)


def _column_type(column: Any) -> ColumnType:
    dtype = column.dtype
    if hasattr(column, "cat"):
        return _common_type(column.cat.categories)
    if _is_instance(dtype, "pandas", "StringDtype"):
        return DataType.string
    if _is_instance(dtype, "pandas", "SparseDtype"):
        dtype = dtype.subtype
    kind = _DTYPE_KINDS.get(getattr(dtype, "kind", ""))
    return cast("ColumnType", kind(dtype)) if kind else _common_type(column.dropna())


def _integer(dtype: Any) -> ColumnType:
    width = dtype.itemsize
    if dtype.kind == "u":
        # Unsigned 64-bit has numbers that no MLmodel type holds.
        return {1: DataType.integer, 2: DataType.integer, 4: DataType.long}.get(width, AnyType())
    return DataType.integer if width <= 4 else DataType.long


def _real(dtype: Any) -> ColumnType:
    return DataType.float if dtype.itemsize <= 4 else DataType.double


_DTYPE_KINDS: dict[str, Any] = {
    "b": lambda _dtype: DataType.boolean,
    "i": _integer,
    "u": _integer,
    "f": _real,
    "M": lambda _dtype: DataType.datetime,
}


def _scalar_type(value: Any) -> ColumnType:
    if _is_instance(value, "numpy", "generic") or _is_instance(value, "numpy", "ndarray"):
        kind = _DTYPE_KINDS.get(value.dtype.kind)
        return cast("ColumnType", kind(value.dtype)) if kind else _scalar_type(value.item())
    if isinstance(value, bool):
        return DataType.boolean
    if isinstance(value, int):
        return DataType.long
    if isinstance(value, float):
        return DataType.double
    if isinstance(value, str):
        return DataType.string
    if isinstance(value, (bytes, bytearray)):
        return DataType.binary
    if isinstance(value, dt.date):
        return DataType.datetime
    return AnyType()


def _common_type(values: Iterable[Any]) -> ColumnType:
    """Return the type that all values have; those that say nothing (missing, ``[]``, ``{}``) are passed over."""
    present = [value for value in values if not _says_nothing(value)]
    if not present:
        return AnyType()
    if all(isinstance(value, Mapping) for value in present):
        return _common_object(present)
    if all(_is_list(value) for value in present):
        return Array(_common_type(item for value in present for item in _items(value)))
    # One value stands for all of its class: a column of text has one kind of value, and a million of them.
    types = {_scalar_type(value) for value in {type(value): value for value in present}.values()}
    if len(types) == 1:
        return types.pop()
    if types <= _NUMBERS:
        return DataType.double if types & {DataType.float, DataType.double} else DataType.long
    return AnyType()


_NUMBERS = {DataType.integer, DataType.long, DataType.float, DataType.double}


def _says_nothing(value: Any) -> bool:
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return (isinstance(value, Mapping) or _is_list(value)) and not len(value)


def _is_list(value: Any) -> bool:
    return isinstance(value, list) or (_is_instance(value, "numpy", "ndarray") and value.ndim > 0)


def _items(values: Any) -> Iterable[Any]:
    """Return the items of a list; one for all where an array's dtype says what they are."""
    is_plain = not isinstance(values, list) and values.ndim == 1 and values.dtype.kind in _DTYPE_KINDS
    return list(values[:1] if is_plain else values)


def _common_object(rows: Sequence[Mapping[Any, Any]]) -> ColumnType:
    names = list(dict.fromkeys(name for row in rows for name in row))
    if not all(isinstance(name, str) for name in names):
        return AnyType()
    columns = {name: [row[name] for row in rows if row.get(name) is not None] for name in names}
    return Object([Property(name, _common_type(columns[name]), len(columns[name]) == len(rows)) for name in names])


def _param(name: str, value: Any) -> ParamSpec:
    if _is_instance(value, "numpy", "ndarray") or isinstance(value, (list, tuple)):
        items = value.tolist() if hasattr(value, "tolist") else list(value)
        # A list of nothing may become a list of anything; text takes the most.
        param_type, default, shape = _common_type(items) if items else DataType.string, items, (-1,)
    else:
        param_type, shape = infer_type(value), None
        default = value.item() if _is_instance(value, "numpy", "generic") else value
    is_list_of_dicts = shape is not None and isinstance(param_type, Object)
    if isinstance(param_type, (AnyType, Array)) or param_type is DataType.binary or is_list_of_dicts:
        raise InvalidInput(
            f"Param {name!r} has no type that a signature can hold: {value!r}. "
            "Use a number, a string, a boolean, a date, a flat dict or a list of one of them."
        )
    return ParamSpec(name, param_type, default, cast("tuple[int, ...] | None", shape))
