"""What a request carries, read as a typed value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from nbtrack.errors import InvalidInput
from nbtrack.rest.routes import Route
from nbtrack.web import parse_json, parse_values

MAX_UNTYPED_BYTES = 1024 * 1024
"""Of what is built in memory whole before it is looked at."""
MAX_QUERY_FIELDS = 20_000


def parse(route: Route, path: Mapping[str, str], query: bytes, body: bytes, *, max_bytes: int) -> msgspec.Struct:
    """Read the request of a route from its path, its query and its body.

    Raises
    ------
    InvalidInput
        A value is missing or refused.
    """
    if not route.has_body or (route.method == "DELETE" and not body):
        return parse_values(route.request, {**_query_values(query, route.lists), **path})
    if path:
        given = parse_json(dict[str, Any], body or b"{}", max_bytes=min(max_bytes, MAX_UNTYPED_BYTES))
        return parse_values(route.request, {**given, **path})
    return parse_json(route.request, body or b"{}", max_bytes=max_bytes)


def _query_values(query: bytes, lists: frozenset[str]) -> dict[str, object]:
    """Read a query: blank values are as if they were missing, and of repeated names the last counts, or all."""
    try:
        fields = parse_qsl(query.decode("ascii"), errors="strict", max_num_fields=MAX_QUERY_FIELDS)
    except UnicodeDecodeError:
        raise InvalidInput("The query is not valid UTF-8.") from None
    except ValueError as error:
        raise InvalidInput(f"The query can't be read: {error}.") from None
    values: dict[str, object] = {}
    for name, value in fields:
        values[name] = [*values.get(name, []), value] if name in lists else value  # type: ignore[misc]
    return values
