"""What a model eats and gives: columns, tensors and params, in MLflow's JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from nbtrack.errors import InvalidInput

if TYPE_CHECKING:
    import numpy as np

# Deeper nesting than this is no schema that anybody wrote.
_DEEPEST = 32
_VECTOR = "sparkml_vector"


class DataType(Enum):
    """The scalar types of columns and params; the value is MLflow's word."""

    boolean = "boolean"
    integer = "integer"
    long = "long"
    float = "float"
    double = "double"
    string = "string"
    binary = "binary"
    datetime = "datetime"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True)
class AnyType:
    """A value of any type; nothing is checked."""

    def __str__(self) -> str:
        return "any"


@dataclass(frozen=True)
class Array:
    """A list of values of one type."""

    dtype: ColumnType

    def __post_init__(self) -> None:
        object.__setattr__(self, "dtype", as_column_type(self.dtype))

    def __str__(self) -> str:
        return f"Array({self.dtype})"


@dataclass(frozen=True)
class SparkMLVector(Array):
    """A vector of Spark ML: a list of doubles, for those who are not Spark."""

    dtype: ColumnType = DataType.double


@dataclass(frozen=True)
class Map:
    """A dict from strings to values of one type."""

    value_type: ColumnType

    def __post_init__(self) -> None:
        object.__setattr__(self, "value_type", as_column_type(self.value_type))

    def __str__(self) -> str:
        return f"Map(str -> {self.value_type})"


@dataclass(frozen=True)
class Property:
    """A named field of an object."""

    name: str
    dtype: ColumnType
    required: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "dtype", as_column_type(self.dtype))


@dataclass(frozen=True)
class Object:
    """A dict with known fields."""

    properties: Sequence[Property]

    def __post_init__(self) -> None:
        object.__setattr__(self, "properties", tuple(self.properties))

    def __str__(self) -> str:
        fields = (f"{p.name}: {p.dtype}{'' if p.required else ' (optional)'}" for p in self.properties)
        return "{" + ", ".join(fields) + "}"


ColumnType = DataType | AnyType | Array | Map | Object | str


def as_column_type(wanted: ColumnType) -> ColumnType:
    """Return ``wanted`` as a type; a string is the name of a scalar type or ``any``."""
    if not isinstance(wanted, str):
        return wanted
    if wanted == "any":
        return AnyType()
    try:
        return DataType(wanted)
    except ValueError:
        raise InvalidInput(
            f"No column type {wanted!r}. There are: any, {', '.join(t.value for t in DataType)}."
        ) from None


@dataclass(frozen=True)
class ColSpec:
    """A column: its type, its name (None where columns have no names) and whether it must be there."""

    type: ColumnType
    name: str | int | None = None
    required: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "type", as_column_type(self.type))

    def to_dict(self) -> dict[str, Any]:
        """Return MLflow's JSON form."""
        named = {} if self.name is None else {"name": self.name}
        return {**_type_to_dict(self.type), **named, "required": self.required}

    def __repr__(self) -> str:
        name = "" if self.name is None else f"{self.name!r}: "
        return f"{name}{self.type} ({'required' if self.required else 'optional'})"


@dataclass(frozen=True)
class TensorSpec:
    """A tensor: NumPy dtype and shape, where -1 stands for any length."""

    type: np.dtype[Any]
    shape: tuple[int, ...]
    name: str | None = None

    def __post_init__(self) -> None:
        import numpy as np

        dtype = np.dtype(self.type)
        if dtype.kind == "V":
            raise InvalidInput(f"An array of records ({dtype}) is no tensor. Give a DataFrame, or a dict of arrays.")
        # Strings of any length are one type: <U3 would refuse a longer word.
        object.__setattr__(self, "type", np.dtype(dtype.char) if dtype.kind in "US" else dtype)
        object.__setattr__(self, "shape", tuple(int(length) for length in self.shape))

    @property
    def required(self) -> bool:
        return True

    def to_dict(self) -> dict[str, Any]:
        """Return MLflow's JSON form."""
        named = {} if self.name is None else {"name": self.name}
        spec = {"dtype": _dtype_name(self.type), "shape": list(self.shape)}
        return {**named, "type": "tensor", "tensor-spec": spec}

    def __repr__(self) -> str:
        name = "" if self.name is None else f"{self.name!r}: "
        return f"{name}Tensor({_dtype_name(self.type)!r}, {self.shape})"


Spec = ColSpec | TensorSpec


@dataclass(frozen=True)
class Schema:
    """The inputs or outputs of a model: all columns or all tensors, all named or one without a name."""

    inputs: Sequence[Spec] = field(default_factory=tuple)

    def __post_init__(self) -> None:
        object.__setattr__(self, "inputs", tuple(self.inputs))
        kinds = {type(spec) for spec in self.inputs}
        if not kinds <= {ColSpec, TensorSpec} or len(kinds) > 1:
            raise InvalidInput("A Schema holds either ColSpecs or TensorSpecs, not both and nothing else.")
        names = self.input_names()
        if len(set(names)) != len(names):
            raise InvalidInput(f"A Schema names each input once, and this one repeats a name: {names}.")
        if any(name is None for name in names) and any(name is not None for name in names):
            raise InvalidInput("Either all inputs of a Schema have a name or none has.")

    def __iter__(self) -> Iterator[Spec]:
        return iter(self.inputs)

    def __len__(self) -> int:
        return len(self.inputs)

    def is_tensor_spec(self) -> bool:
        """Return whether the inputs are tensors."""
        return bool(self.inputs) and isinstance(self.inputs[0], TensorSpec)

    def has_input_names(self) -> bool:
        """Return whether the inputs have names."""
        return bool(self.inputs) and self.inputs[0].name is not None

    def input_names(self) -> list[str | int]:
        """Return the names, or the positions where there are none."""
        return [position if spec.name is None else spec.name for position, spec in enumerate(self.inputs)]

    def required_input_names(self) -> list[str | int]:
        """Return the names that must be there."""
        return [name for name, spec in zip(self.input_names(), self.inputs, strict=True) if spec.required]

    def optional_input_names(self) -> list[str | int]:
        """Return the names that may be missing."""
        return [name for name, spec in zip(self.input_names(), self.inputs, strict=True) if not spec.required]

    def input_types(self) -> list[Any]:
        """Return the types in order."""
        return [spec.type for spec in self.inputs]

    def to_dict(self) -> list[dict[str, Any]]:
        """Return MLflow's JSON form."""
        return [spec.to_dict() for spec in self.inputs]

    def to_json(self) -> str:
        return json.dumps(self.to_dict())

    @classmethod
    def from_json(cls, text: str) -> Schema:
        """Read MLflow's JSON form."""
        return cls([_spec_from_dict(item) for item in _json_list(text)])

    def __repr__(self) -> str:
        return f"[{', '.join(map(repr, self.inputs))}]"


@dataclass(frozen=True)
class ParamSpec:
    """A param of ``predict``: type, default and shape (None for a scalar, ``(-1,)`` for a list)."""

    name: str
    dtype: ColumnType
    default: Any
    shape: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "dtype", as_column_type(self.dtype))
        object.__setattr__(self, "shape", None if self.shape is None else tuple(self.shape))

    def to_dict(self) -> dict[str, Any]:
        """Return MLflow's JSON form."""
        default = self.default.isoformat() if hasattr(self.default, "isoformat") else self.default
        shape = None if self.shape is None else list(self.shape)
        return {"name": self.name, "default": default, "shape": shape, **_type_to_dict(self.dtype)}

    def __repr__(self) -> str:
        shape = "" if self.shape is None else f" (shape: {self.shape})"
        return f"{self.name!r}: {self.dtype} (default: {self.default}){shape}"


@dataclass(frozen=True)
class ParamSchema:
    """The params that ``predict`` takes."""

    params: Sequence[ParamSpec] = field(default_factory=tuple)

    def __post_init__(self) -> None:
        object.__setattr__(self, "params", tuple(self.params))

    def __iter__(self) -> Iterator[ParamSpec]:
        return iter(self.params)

    def __len__(self) -> int:
        return len(self.params)

    def to_dict(self) -> list[dict[str, Any]]:
        """Return MLflow's JSON form."""
        return [param.to_dict() for param in self.params]

    def to_json(self) -> str:
        return json.dumps(self.to_dict())

    @classmethod
    def from_json(cls, text: str) -> ParamSchema:
        """Read MLflow's JSON form."""
        return cls(
            [
                ParamSpec(item["name"], _type_from_dict(item), item.get("default"), item.get("shape"))
                for item in _json_list(text)
            ]
        )

    def __repr__(self) -> str:
        return f"[{', '.join(map(repr, self.params))}]"


def _json_list(text: str) -> list[dict[str, Any]]:
    items = json.loads(text)
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise InvalidInput("A schema is a JSON list of objects.")
    return items


def _dtype_name(dtype: np.dtype[Any]) -> str:
    return {"U": "str", "S": "bytes", "O": "object"}.get(dtype.kind, str(dtype.name))


def _type_to_dict(column_type: ColumnType) -> dict[str, Any]:
    if isinstance(column_type, SparkMLVector):
        return {"type": _VECTOR}
    if isinstance(column_type, Array):
        return {"type": "array", "items": _type_to_dict(column_type.dtype)}
    if isinstance(column_type, Map):
        return {"type": "map", "values": _type_to_dict(column_type.value_type)}
    if isinstance(column_type, Object):
        fields = {p.name: {**_type_to_dict(p.dtype), "required": p.required} for p in column_type.properties}
        return {"type": "object", "properties": fields}
    return {"type": str(column_type)}


def _type_from_dict(item: Mapping[str, Any], depth: int = 0) -> ColumnType:
    if depth > _DEEPEST:
        raise InvalidInput(f"A schema is nested deeper than {_DEEPEST} levels.")
    kind = item.get("type")
    if kind == _VECTOR:
        return SparkMLVector()
    if kind == "array":
        return Array(_type_from_dict(item["items"], depth + 1))
    if kind == "map":
        return Map(_type_from_dict(item["values"], depth + 1))
    if kind == "object":
        fields = item["properties"].items()
        return Object(
            [Property(name, _type_from_dict(value, depth + 1), value.get("required", True)) for name, value in fields]
        )
    return as_column_type(str(kind))


def _spec_from_dict(item: Mapping[str, Any]) -> Spec:
    if item.get("type") == "tensor":
        spec = item["tensor-spec"]
        return TensorSpec(spec["dtype"], tuple(spec["shape"]), item.get("name"))
    # Older writers said `optional` where newer ones say `required`.
    required = item.get("required", not item.get("optional", False))
    return ColSpec(_type_from_dict(item), item.get("name"), required)
