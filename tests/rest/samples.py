"""From a type of request: one that is well formed, and many that are wrong in one field each."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Any

import msgspec
from msgspec import inspect


def sample(kind: inspect.Type) -> Any:
    """Return a value that the type takes."""
    match kind:
        case inspect.StructType(fields=fields):
            return {field.encode_name: sample(field.type) for field in fields}
        case inspect.VarTupleType(item_type=item) | inspect.ListType(item_type=item):
            return [sample(item)]
        case inspect.StrType(pattern=pattern):
            return "1" if pattern and "[0-9]" in pattern else "a" * 32
        case inspect.UnionType(types=types):
            return sample(types[0])
        case inspect.EnumType(cls=cls):
            return next(iter(cls)).value
        case inspect.IntType() | inspect.CustomType():
            return 1
        case inspect.BoolType():
            return True
    raise NotImplementedError(kind)


def wrong(request: type[msgspec.Struct]) -> Iterator[tuple[str, str, Any]]:
    """Give field, what is wrong with it, and the whole request, for all fields at every depth."""
    kind = inspect.type_info(request)
    assert isinstance(kind, inspect.StructType)
    good = sample(kind)
    for path, reason, value in _wrong_within(kind, ()):
        yield ".".join(map(str, path)), reason, _replaced(good, path, value)


Place = tuple[str | int, ...]


def _wrong_within(kind: inspect.Type, path: Place) -> Iterator[tuple[Place, str, Any]]:
    match kind:
        case inspect.StructType(fields=fields):
            yield from ((path, f"is {value!r}", value) for value in ("x", 1, [], True) if path)
            for field in fields:
                inner = (*path, field.encode_name)
                if field.required:
                    yield from ((inner, "is missing", _MISSING), (inner, "is null", None))
                yield from _wrong_within(field.type, inner)
        case inspect.VarTupleType(item_type=item, max_length=most):
            yield from ((path, f"is {value!r}", value) for value in ("x", 1, {"a": 1}, True))
            yield path, "has too many items", [sample(item)] * ((most or 0) + 1)
            yield from _wrong_within(item, (*path, 0))
        case inspect.UnionType(types=types):
            yield from _wrong_within(types[0], path)
        case _:
            yield from ((path, reason, value) for reason, value in _wrong_values(kind))


def _wrong_values(kind: inspect.Type) -> Iterator[tuple[str, Any]]:
    values: tuple[Any, ...] = ()
    match kind:
        case inspect.StrType(max_length=most, pattern=pattern):
            if most is not None and most < 10**6:
                yield "is too long", "x" * (most + 1)
            if pattern is not None:
                yield "holds NUL", "a\0b"
            yield "is half of a surrogate pair", "\ud800"
            values = (1, 1.5, True, ["a"], {"a": "b"})
        case inspect.EnumType():
            values = ("NOPE", "", 1.5, [], {})
        case inspect.IntType(ge=low, le=high):
            values = ("x", "1.5", 1.5, [], {}, "NaN", "Infinity", (high or 0) + 1, (low or 0) - 1, 10**400)
        case inspect.CustomType():
            values = ("x", "nan", "NAN", "inf", True, [], {}, 10**400)
        case inspect.BoolType():
            values = ("maybe", 2, [], {}, 0.5)
    yield from ((f"is {str(value)[:20]!r}", value) for value in values)


_MISSING = Enum("_MISSING", "missing")


def _replaced(value: Any, path: tuple[str | int, ...], new: Any) -> Any:
    first, *rest = path
    if isinstance(value, list):
        return [_replaced(value[0], tuple(rest), new) if rest else new]
    changed = dict(value)
    if rest:
        changed[first] = _replaced(value[first], tuple(rest), new)
    elif new is _MISSING:
        del changed[first]
    else:
        changed[first] = new
    return changed
