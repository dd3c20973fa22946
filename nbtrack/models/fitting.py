"""Which values fit a type without being changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nbtrack.models.inference import infer_type
from nbtrack.models.schema import AnyType, Array, ColumnType, DataType, Map, Object

# Every integer up to here is a float64 too.
EXACT_IN_DOUBLE = 2**53

EXACT_IN_FLOAT = 2**24


def fits(value: Any, wanted: ColumnType) -> bool:
    if isinstance(wanted, AnyType):
        return True
    if isinstance(wanted, Array):
        # The format can't say that items may be missing.
        return is_listed(value) and all(item is None or fits(item, wanted.dtype) for item in value)
    if isinstance(wanted, Map):
        return isinstance(value, Mapping) and all(fits(item, wanted.value_type) for item in value.values())
    if isinstance(wanted, Object):
        return isinstance(value, Mapping) and all(
            fits(value[field.name], field.dtype) if value.get(field.name) is not None else not field.required
            for field in wanted.properties
        )
    return str(infer_type(value)) in _ACCEPTED[wanted]


def is_listed(value: Any) -> bool:
    """Return whether ``value`` is a list, tuple, array or series."""
    return isinstance(value, (list, tuple)) or getattr(value, "ndim", 0) > 0


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


def some(names: list[Any]) -> str:
    """List names for a message, the first twelve of many."""
    return str(names) if len(names) <= 12 else f"{names[:12]} and {len(names) - 12} more"
