"""What a search that finds nothing may have meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from nbtrack.store.filters import And, Field, FieldKind, Filter, Not, Or, parse_filter, parse_order_by
from nbtrack.store.protocol import RunKeys, RunQuery


def misspelt_keys(query: RunQuery, known: RunKeys) -> list[str]:
    """Name, in words, keys of a query that no run has and that look like ones that runs have.

    A key that looks like no other may be one that nothing was logged under yet, so nothing is said of it.
    """
    asked = [*_fields_of(parse_filter(query.filter)), *(parse_order_by(text).field for text in query.order_by)]
    by_kind = {FieldKind.METRIC: known.metrics, FieldKind.PARAM: known.params, FieldKind.TAG: known.tags}
    messages = []
    for field in dict.fromkeys(asked):
        keys = by_kind.get(field.kind, ())
        close = difflib.get_close_matches(field.key, keys, n=1) if field.key not in keys else []
        if close:
            name = field.kind.value
            messages.append(f"{name}.{field.key}: no run has this; did you mean {name}.{close[0]}?")
    return messages


def _fields_of(node: Filter) -> Iterator[Field]:
    if isinstance(node, And | Or):
        for term in node.terms:
            yield from _fields_of(term)
    elif isinstance(node, Not):
        yield from _fields_of(node.term)
    else:
        yield node.field
