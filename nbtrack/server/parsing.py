"""The words of ``/nbtrack/api``: snake_case here, camelCase in JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from nbtrack.errors import InvalidInput
from nbtrack.web import parse_json

MAX_BODY_BYTES = 64 * 1024


def read_body(body: bytes) -> dict[str, object]:
    """Read a JSON object, with its keys in snake_case."""
    document = parse_json(dict[str, Any], body, max_bytes=MAX_BODY_BYTES)
    return {_snake_case(key): value for key, value in document.items()}


def read_query(arguments: Mapping[str, list[bytes]]) -> dict[str, object]:
    """Read a query that was percent-decoded once; of repeated names the last counts."""
    try:
        return {name: values[-1].decode() for name, values in arguments.items() if values}
    except UnicodeDecodeError:
        raise InvalidInput("The query is not valid UTF-8.") from None


def _snake_case(name: str) -> str:
    return re.sub(r"(?<!^)([A-Z])", lambda found: "_" + found[1].lower(), name)
