"""What the type hints of ``predict`` say about its data: the signature, and checking by them.

A list of something is one column of it, as in MLflow: ``list[str]``, ``list[dict[str, int]]``, a list of pydantic
models. Hints of another kind (a DataFrame, an array) say nothing of columns.
"""

from __future__ import annotations

import datetime as dt
import inspect
import sys
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar, Union, get_args, get_origin

from nbtrack.errors import SignatureMismatch
from nbtrack.models import AnyType, Array, ColSpec, DataType, Map, ModelSignature, Object, Property, Schema

TypeFromExample = TypeVar("TypeFromExample")
"""As the hint of ``predict``'s data: whatever the input example is."""

_SCALARS = {
    bool: DataType.boolean,
    int: DataType.long,
    float: DataType.double,
    str: DataType.string,
    bytes: DataType.binary,
    dt.datetime: DataType.datetime,
}
_UNIONS = (Union, types.UnionType)
_MOST_TOLD = 5


class TypeHints(NamedTuple):
    """Types of what ``predict`` takes and returns, where they decide how data is checked."""

    input: Any = None
    output: Any = None


def hints_of(function: Callable[..., Any]) -> TypeHints:
    """Return the hints of a function's data and answer, without those that can't be resolved."""
    name = data_parameter(function)
    try:
        hints = typing.get_type_hints(function)
    except Exception:  # noqa: BLE001 - evaluating what a user wrote; a hint that can't be read is none
        return TypeHints()
    return TypeHints(hints.get(name or ""), hints.get("return"))


def data_parameter(function: Callable[..., Any]) -> str | None:
    """Return the name of the parameter that takes the data: the first but ``self`` and ``context``."""
    names = (name for name in inspect.signature(function).parameters if name not in ("self", "context"))
    return next(names, None)


def signature_of(hints: TypeHints) -> ModelSignature | None:
    """Return the signature that the hints state, or None where they state none."""
    columns = _column_of_list(hints.input)
    if columns is None:
        return None
    return ModelSignature(columns, _column_of_list(hints.output) or Schema([ColSpec(AnyType())]))


def checked(given: Any, hint: Any) -> Any:
    """Return ``given`` as the hint ``list[...]`` says: dicts become the pydantic models that it names.

    Parameters
    ----------
    given
        A list; also an array, a Series, or a DataFrame with one column, or whose rows are the dicts.

    Raises
    ------
    SignatureMismatch
        Something in it is of another type; the message says where.
    """
    (item,) = get_args(hint)
    values = _as_list(given, item)
    result, wrong = [], []
    for position, value in enumerate(values):
        try:
            result.append(_fitted(value, item))
        except SignatureMismatch as error:
            wrong.append(f"item {position}: {error}")
    if wrong:
        more = f" ... and {len(wrong) - _MOST_TOLD} more" if len(wrong) > _MOST_TOLD else ""
        raise SignatureMismatch(f"predict() takes {described(hint)}. {'; '.join(wrong[:_MOST_TOLD])}{more}")
    return result


def like_example(given: Any, example_type: str | None) -> Any:
    """Return a DataFrame as a list where the input example, whose type the MLmodel file tells, is one."""
    if example_type != "json_object" or not hasattr(given, "columns"):
        return given
    return given.iloc[:, 0].tolist() if len(given.columns) == 1 else _records(given)


def described(hint: Any) -> str:
    """Return a hint as one would write it."""
    return hint.__name__ if isinstance(hint, type) and not get_args(hint) else str(hint)


def _column_of_list(hint: Any) -> Schema | None:
    if get_origin(hint) is not list:
        return None
    try:
        return Schema([ColSpec(_type_of(get_args(hint)[0]))])
    except _Unstated:
        return None


class _Unstated(Exception):
    """A hint that no column type says."""


def _type_of(hint: Any) -> Any:
    if hint is Any:
        return AnyType()
    if hint in _SCALARS:
        return _SCALARS[hint]
    if _is_pydantic(hint):
        return Object([_property(name, field) for name, field in hint.model_fields.items()])
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is list:
        return Array(_type_of(arguments[0]))
    if origin is dict and arguments[0] is str:
        return Map(_type_of(arguments[1]))
    if origin in _UNIONS:
        inner = _without_none(arguments)
        return _type_of(inner[0]) if len(inner) == 1 else AnyType()
    raise _Unstated


def _property(name: str, field: Any) -> Property:
    may_be_none = get_origin(field.annotation) in _UNIONS and type(None) in get_args(field.annotation)
    return Property(name, _type_of(field.annotation), field.is_required() and not may_be_none)


def _without_none(arguments: tuple[Any, ...]) -> list[Any]:
    return [argument for argument in arguments if argument is not type(None)]


def _is_pydantic(hint: Any) -> bool:
    # Whoever has such a class has imported pydantic; it need not be installed otherwise.
    pydantic = sys.modules.get("pydantic")
    return pydantic is not None and isinstance(hint, type) and issubclass(hint, pydantic.BaseModel)


def _as_list(given: Any, item: Any) -> list[Any]:
    if hasattr(given, "columns") and hasattr(given, "to_dict"):
        if len(given.columns) == 1 and not (_holds_fields(item) and list(given.columns) != [0]):
            return _as_list(given.iloc[:, 0], item)
        if not _holds_fields(item):
            raise SignatureMismatch(
                f"predict() takes a list of {described(item)}, and a DataFrame of {len(given.columns)} columns is none."
            )
        return _records(given)
    if isinstance(given, (list, tuple)):
        return list(given)
    if hasattr(given, "tolist") and getattr(given, "ndim", None):
        listed: list[Any] = given.tolist()
        return listed
    raise SignatureMismatch(f"predict() takes a list of {described(item)}, and this is a {type(given).__name__}.")


def _records(frame: Any) -> list[Any]:
    # A missing cell is a missing value, which JSON and pydantic call None.
    records: list[Any] = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return records


def _holds_fields(item: Any) -> bool:
    return get_origin(item) is dict or _is_pydantic(item)


def _fitted(value: Any, hint: Any) -> Any:
    if hint is Any:
        return value
    if hint in _SCALARS:
        return _fitted_scalar(value, hint)
    if _is_pydantic(hint):
        return _fitted_fields(value, hint)
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in _UNIONS:
        inner = _without_none(arguments)
        if value is None and len(inner) < len(arguments):
            return None
        return _fitted(value, inner[0]) if len(inner) == 1 else value
    if origin is list:
        return checked(value, hint)
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise _mismatch(value, hint)
    return {key: _fitted(inner, arguments[1]) for key, inner in value.items()}


def _fitted_scalar(value: Any, hint: type) -> Any:
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:
        value = value.item()
    if isinstance(value, bool) and hint is not bool:
        raise _mismatch(value, hint)
    if hint is float and isinstance(value, int) and float(value) == value:
        return float(value)
    if not isinstance(value, hint):
        raise _mismatch(value, hint)
    return value


def _fitted_fields(value: Any, hint: Any) -> Any:
    import pydantic

    if isinstance(value, hint):
        return value
    if isinstance(value, pydantic.BaseModel):
        value = value.model_dump()
    try:
        return hint.model_validate(value)
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or hint.__name__
        raise SignatureMismatch(f"{place} of {hint.__name__}: {first['msg']}") from None


def _mismatch(value: object, hint: Any) -> SignatureMismatch:
    shown = repr(value)
    shown = shown if len(shown) <= 60 else f"{shown[:57]}..."
    return SignatureMismatch(f"must be {described(hint)} and is {type(value).__name__} ({shown})")
