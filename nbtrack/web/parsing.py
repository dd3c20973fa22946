"""From what a request carries to the value that its handler takes.

The request's type says all that is checked: a field's type, its default (a field without one is required) and its
limits, as in ``Annotated[str, Meta(max_length=500)]``. What no field asks for is skipped, and never built in memory.
"""

from __future__ import annotations

import math
from typing import Any, TypeVar

import msgspec

from nbtrack.errors import InvalidInput

MAX_VALUES_BESIDE_NULL = 200_000
"""Of a request with a null in it, which is built in memory whole."""
_NULL = b"null"

Request = TypeVar("Request")


class Double(float):
    """A number of 64 bits as JSON has it: NaN and the infinities are the texts "NaN", "Infinity" and "-Infinity"."""

    @classmethod
    def of(cls, value: object) -> Double:
        """Return a JSON value as a number; what isn't one, or too large for one, raises ValueError."""
        if type(value) is float:
            return cls(value)
        if type(value) is int and math.isfinite(number := _as_float(value)):
            return cls(number)
        if isinstance(value, str) and value in _SPECIAL:
            return cls(_SPECIAL[value])
        if type(value) is int:
            raise ValueError('The number is too large for 64 bits; infinity is written as text: "Infinity"')
        raise ValueError('Expected a number, or "NaN", "Infinity" or "-Infinity"')


def parse_json(request_type: type[Request], body: bytes, *, max_bytes: int) -> Request:
    """Read a request from a JSON object; null is as if the field were missing.

    Raises
    ------
    InvalidInput
        It is larger than ``max_bytes``, no JSON by the standard, or a value is missing or refused.
    """
    if len(body) > max_bytes:
        raise InvalidInput(f"The request has {len(body):,} bytes; at most {max_bytes:,} are read.")
    try:
        body.decode()  # what is skipped must be text too
        return msgspec.json.decode(body, type=request_type, strict=False, dec_hook=_decode)
    except msgspec.ValidationError as error:
        if _NULL not in body:
            raise _explained(error) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        hint = ' NaN and infinity are written as text: "NaN".' if b"NaN" in body or b"Infinity" in body else ""
        raise InvalidInput(f"The request can't be read: {error}.{hint}") from None
    except RecursionError:
        raise _too_deep() from None
    # Each value follows one of these.
    if sum(map(body.count, (b"{", b"[", b","))) > MAX_VALUES_BESIDE_NULL:
        raise InvalidInput("The request has too many values for one with null in it. Leave fields out instead.")
    try:
        return parse_values(request_type, msgspec.json.decode(body))
    except RecursionError:
        raise _too_deep() from None


def parse_values(request_type: type[Request], values: object) -> Request:
    """Make a request from values by field name, which may all be text; unknown names and null are left out.

    Raises
    ------
    InvalidInput
        A value is missing or refused; the message says which one and what is expected.
    """
    try:
        return msgspec.convert(_without_nulls(values), request_type, strict=False, dec_hook=_decode)
    except msgspec.ValidationError as error:
        raise _explained(error) from None


def schema_hook(kind: type) -> dict[str, Any]:
    """Return the JSON schema of `Double`, which msgspec can't know."""
    if kind is Double:
        return {"anyOf": [{"type": "number"}, {"enum": sorted(_SPECIAL)}]}
    raise NotImplementedError(kind)


def _decode(kind: type, value: object) -> object:
    if kind is Double:
        return Double.of(value)
    raise NotImplementedError(kind)


def _explained(error: msgspec.ValidationError) -> InvalidInput:
    """Say where it is in the words of who sent it: ``metrics[3].value`` for ``$.metrics[3].value``."""
    reason, _, place = str(error).partition(" - at `$")
    place = place.rstrip("`").lstrip(".")
    return InvalidInput(f"{reason} in {place!r}." if place else f"{reason}.")


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(item) for name, item in value.items() if item is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value


def _as_float(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf


_SPECIAL = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def _too_deep() -> InvalidInput:
    return InvalidInput("The request is nested too deeply.")
