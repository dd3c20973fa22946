"""From what a request carries to the dataclass that its handler takes.

A request type says all that is checked: each field's type, its default (a field without one is required), and its
limits, as in ``Annotated[str, MaxLength(500)]``. The types are str, int (64 bits), float, bool, enums, other request
types, ``tuple[X, ...]`` of these, and ``X | None``. The converters are made once for each type.
"""

from __future__ import annotations

import dataclasses
import json
import math
import re
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, Generic, TypeAlias, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from nbtrack.errors import InvalidInput

MAX_TEXT_LENGTH = 8192
MAX_ITEMS = 1000
_MIN_INT64, _MAX_INT64 = -(2**63), 2**63 - 1
_REQUIRED = dataclasses.MISSING

Request = TypeVar("Request")
Converter: TypeAlias = Callable[[Any], Any]


@dataclass(frozen=True)
class MaxLength:
    """At most so many characters; without it `MAX_TEXT_LENGTH`."""

    characters: int


@dataclass(frozen=True)
class MaxItems:
    """At most so many items; without it `MAX_ITEMS`."""

    count: int


@dataclass(frozen=True)
class FieldSpec:
    """A field of a request type: its type without None and Annotated, what annotates it, and its default."""

    name: str
    kind: Any
    limits: tuple[object, ...]
    default: object

    @property
    def is_required(self) -> bool:
        return self.default is _REQUIRED


def fields_of(request_type: type) -> tuple[FieldSpec, ...]:
    """Return the fields of a request type, a dataclass or a NamedTuple, in their order."""
    hints = get_type_hints(request_type, include_extras=True)
    if dataclasses.is_dataclass(request_type):
        defaults = {field.name: field.default for field in dataclasses.fields(request_type)}
    else:
        given = cast("Any", request_type)._field_defaults
        defaults = {name: given.get(name, _REQUIRED) for name in cast("Any", request_type)._fields}
    return tuple(FieldSpec(name, *plain_type(hints[name]), default) for name, default in defaults.items())


def plain_type(hint: Any) -> tuple[Any, tuple[object, ...]]:
    """Return a type without ``None`` and ``Annotated``, and what annotated it."""
    limits: tuple[object, ...] = ()
    while True:
        origin = get_origin(hint)
        if origin is Annotated:
            hint, *added = get_args(hint)
            limits += tuple(added)
        elif origin in (Union, types.UnionType):
            (hint,) = (kind for kind in get_args(hint) if kind is not type(None))
        else:
            return hint, limits


class Parser(Generic[Request]):
    """Makes requests of one type.

    Parameters
    ----------
    request_type
        The dataclass.
    wire_name
        What messages call a field; by default as it is called here.
    """

    def __init__(self, request_type: type[Request], wire_name: Callable[[str], str] = str) -> None:
        self.request_type = request_type
        self._build = _message_converter(request_type, wire_name)

    def __call__(self, values: Mapping[str, object]) -> Request:
        """Build a request from values by field name; unknown names are left alone, null is as if it were missing.

        Raises
        ------
        InvalidInput
            A value is missing, too long or of another type; the message says which and what to send.
        """
        try:
            return cast("Request", self._build(values))
        except _Refused as refused:
            raise InvalidInput(str(refused)) from None


def read_json_object(body: bytes, *, max_bytes: int, max_values: int = 1_000_000) -> dict[str, object]:
    """Read a JSON object; what is no JSON by the standard (NaN, Infinity) is none here.

    Parameters
    ----------
    body
        UTF-8.
    max_bytes, max_values
        More is refused before it is parsed. A parsed value takes many times its text in memory.

    Raises
    ------
    InvalidInput
        It is too large, no JSON, or no object.
    """
    if len(body) > max_bytes:
        raise InvalidInput(f"The request has {len(body):,} bytes; at most {max_bytes:,} are read.")
    if body.count(b",") + body.count(b"[") + body.count(b"{") > max_values:
        raise InvalidInput(f"The request has more than {max_values:,} values. Send it in several parts.")
    try:
        document: Any = json.loads(body, parse_constant=_refuse_constant)
    except _Refused as refused:
        raise InvalidInput(str(refused)) from None
    except RecursionError:
        raise InvalidInput("The request is nested too deeply.") from None
    except ValueError as error:
        raise InvalidInput(f"The request is no JSON: {error}.") from None
    if not isinstance(document, dict):
        raise InvalidInput("The request must be a JSON object.")
    return document


class _Refused(Exception):
    """A value that no field takes; it gathers the field's path on its way up."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason, self.path = reason, ""

    def within(self, name: str) -> _Refused:
        self.path = name + (self.path if self.path.startswith("[") else f".{self.path}" if self.path else "")
        return self

    def __str__(self) -> str:
        return f"{self.path!r} {self.reason}" if self.path else self.reason


def _refuse_constant(constant: str) -> None:
    raise _Refused(f'The request is no JSON: a bare {constant} is none. Write it as text: "{constant}".')


def _converter(kind: Any, limits: tuple[object, ...], wire_name: Callable[[str], str]) -> Converter:
    if get_origin(kind) is tuple:
        most = next((limit.count for limit in limits if isinstance(limit, MaxItems)), MAX_ITEMS)
        return _list_converter(_converter(*plain_type(get_args(kind)[0]), wire_name), most)
    if kind is str:
        return _text_converter(
            next((limit.characters for limit in limits if isinstance(limit, MaxLength)), MAX_TEXT_LENGTH)
        )
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _enum_converter(kind)
    return _SCALARS.get(kind) or _message_converter(kind, wire_name)


def _message_converter(request_type: type, wire_name: Callable[[str], str]) -> Converter:
    makers = [
        (spec.name, _converter(spec.kind, spec.limits, wire_name), spec.default, spec.is_required)
        for spec in fields_of(request_type)
    ]

    def convert(value: Any) -> Any:
        if not isinstance(value, dict):
            raise _Refused("must be an object.")
        arguments = []
        for name, converter, default, is_required in makers:
            given = value.get(name)
            if given is None or (given == "" and is_required):
                if is_required:
                    raise _Refused("is missing.").within(wire_name(name))
                arguments.append(default)
                continue
            try:
                arguments.append(converter(given))
            except _Refused as refused:
                raise refused.within(wire_name(name)) from None
        return request_type(*arguments)

    return convert


def _list_converter(convert_item: Converter, most: int) -> Converter:
    def convert(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise _Refused("must be a list.")
        if len(value) > most:
            raise _Refused(f"has {len(value):,} items; at most {most:,} fit.")
        try:
            return tuple([convert_item(item) for item in value])
        except _Refused:
            # Which one it was is only found out when one was wrong.
            for place, item in enumerate(value):
                try:
                    convert_item(item)
                except _Refused as refused:
                    raise refused.within(f"[{place}]") from None
            raise

    return convert


def _text_converter(most: int) -> Converter:
    def convert(value: Any) -> str:
        if not isinstance(value, str):
            raise _Refused("must be text.")
        if len(value) > most:
            raise _Refused(f"has {len(value):,} characters; at most {most:,} fit.")
        if "\0" in value or not (value.isascii() or _is_unicode(value)):
            raise _Refused("holds a NUL character or half of a surrogate pair, which can't be kept.")
        return value

    return convert


def _is_unicode(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _enum_converter(kind: type[Enum]) -> Converter:
    members = {member.value: member for member in kind}

    def convert(value: Any) -> Enum:
        member = members.get(value) if isinstance(value, str) else None
        if member is None:
            raise _Refused(f"must be one of {', '.join(members)}.")
        return member

    return convert


def _int64(value: Any) -> int:
    if (type(value) is str and re.fullmatch(r"-?[0-9]{1,20}", value)) or (type(value) is float and value.is_integer()):
        value = int(value)
    if type(value) is not int:
        raise _Refused("must be a whole number.")
    if not _MIN_INT64 <= value <= _MAX_INT64:
        raise _Refused("does not fit into 64 bits.")
    return value


def _double(value: Any) -> float:
    if type(value) is float and not math.isinf(value):
        return value
    if type(value) is str and value in _SPECIAL_NUMBERS:
        return _SPECIAL_NUMBERS[value]
    if type(value) is int:
        try:
            return float(value)
        except OverflowError:
            value = math.inf
    if type(value) is float:
        raise _Refused('is too large for a number of 64 bits; infinity is written as text: "Infinity".')
    raise _Refused('must be a number, or "NaN", "Infinity" or "-Infinity".')


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return bool(value == "true")
    raise _Refused("must be true or false.")


_SPECIAL_NUMBERS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
_SCALARS: dict[Any, Converter] = {int: _int64, float: _double, bool: _boolean}
