"""The words of ``/nbtrack/api``: snake_case here, camelCase in JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping

from nbtrack.errors import InvalidInput
from nbtrack.web import read_json_object

MAX_BODY_BYTES = 64 * 1024


def read_body(body: bytes) -> dict[str, object]:
    """Read a JSON object, with its keys in snake_case."""
    document = read_json_object(body, max_bytes=MAX_BODY_BYTES)
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
