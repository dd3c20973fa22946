"""From what a request carries to the dataclass that its handler takes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any, TypeVar, get_args, get_type_hints

from nbtrack.errors import InvalidInput

MAX_BODY_BYTES = 64 * 1024
MAX_TEXT_LENGTH = 8192

Request = TypeVar("Request")


def parse_request(request_type: type[Request], values: Mapping[str, object]) -> Request:
    """Build a request from values by snake_case name; unknown names are left alone.

    Raises
    ------
    InvalidInput
        A value is missing, too long or of another type.
    """
    hints = get_type_hints(request_type)
    arguments: dict[str, object] = {}
    for field in fields(request_type):  # type: ignore[arg-type]
        value = values.get(field.name)
        if value is not None:
            arguments[field.name] = _converted(field.name, value, hints[field.name])
        elif field.default is MISSING:
            raise InvalidInput(f"The request needs {wire_name(field.name)!r}.")
    return request_type(**arguments)


def read_body(body: bytes) -> dict[str, object]:
    """Read a JSON object, with its keys in snake_case."""
    if len(body) > MAX_BODY_BYTES:
        raise InvalidInput(f"The request has {len(body):,} bytes; at most {MAX_BODY_BYTES:,} are read.")
    try:
        document: Any = json.loads(body)
    except (ValueError, RecursionError):
        raise InvalidInput("The request is no JSON.") from None
    if not isinstance(document, dict):
        raise InvalidInput("The request must be a JSON object.")
    return {_snake_case(key): value for key, value in document.items()}


def read_query(arguments: Mapping[str, list[bytes]]) -> dict[str, object]:
    """Read a query that was percent-decoded once; of repeated names the last counts."""
    try:
        return {name: values[-1].decode() for name, values in arguments.items() if values}
    except UnicodeDecodeError:
        raise InvalidInput("The query is not valid UTF-8.") from None


def wire_name(name: str) -> str:
    """Return a field's name as JSON has it: ``model_uri`` is ``modelUri``."""
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))


def _snake_case(name: str) -> str:
    return re.sub(r"(?<!^)([A-Z])", lambda found: "_" + found[1].lower(), name)


def _converted(name: str, value: object, hint: Any) -> object:
    wanted = next((kind for kind in get_args(hint) if kind is not type(None)), hint)
    if wanted is int:
        return _whole_number(name, value)
    if not isinstance(value, str):
        raise InvalidInput(f"{wire_name(name)!r} must be text.")
    if len(value) > MAX_TEXT_LENGTH:
        raise InvalidInput(f"{wire_name(name)!r} has {len(value):,} characters; at most {MAX_TEXT_LENGTH:,} fit.")
    return value


def _whole_number(name: str, value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value):
        return int(value)
    raise InvalidInput(f"{wire_name(name)!r} must be a whole number.")
