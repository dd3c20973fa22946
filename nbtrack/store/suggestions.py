"""What a search that finds nothing may have meant, and what one that is being written may go on with."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Sequence
from dataclasses import dataclass

from nbtrack.store.filters import (
    Completions,
    Field,
    FieldKind,
    complete,
    field_text,
    parse_order_by,
    placed_fields,
)
from nbtrack.store.protocol import RunKeys, RunQuery, RunStore

MANY_KEYS = 1000
"""Where there are more, only those are completed that begin as what was written."""


@dataclass(frozen=True)
class Misspelling:
    """A key of a filter that no run has: ``length`` characters from ``position``, and the field that it looks like."""

    field: Field
    meant: Field
    position: int
    length: int

    @property
    def suggestion(self) -> str:
        """What is to be written in its place."""
        return field_text(self.meant) or str(self.meant)

    def __str__(self) -> str:
        return _in_words(self.field, self.meant)


def misspellings(filter_text: str, known: RunKeys) -> Sequence[Misspelling]:
    """Find keys of a filter that no run has and that look like ones that runs have.

    A key that looks like no other may be one that nothing was logged under yet, so nothing is said of it.
    """
    found = []
    for placed in placed_fields(filter_text):
        meant = _meant(placed.field, known)
        if meant is not None:
            found.append(Misspelling(placed.field, meant, placed.position, placed.length))
    return found


def misspelt_keys(query: RunQuery, known: RunKeys) -> list[str]:
    """Name, in words, keys of a query's filter and order that no run has; see ``misspellings``."""
    orders = [parse_order_by(text).field for text in query.order_by]
    in_orders = [_in_words(field, meant) for field in orders if (meant := _meant(field, known)) is not None]
    return list(dict.fromkeys([*map(str, misspellings(query.filter, known)), *in_orders]))


def _meant(field: Field, known: RunKeys) -> Field | None:
    keys = _of_kind(known, field.kind)
    close = difflib.get_close_matches(field.key, keys, n=1) if field.key not in keys else []
    return Field(field.kind, close[0], field.statistic) if close else None


def _in_words(field: Field, meant: Field) -> str:
    name = field.kind.value
    return f"{name}.{field.key}: no run has this; did you mean {name}.{meant.key}?"


def complete_filter(text: str, runs: RunStore, *, experiment_id: str | None = None) -> Completions:
    """Tell what can stand at the end of a filter of runs that is being written; keys are those that runs have."""
    read = functools.cache(functools.partial(runs.keys, experiment_id=experiment_id, limit=MANY_KEYS))

    def keys(kind: FieldKind, prefix: str) -> Sequence[str]:
        first = _of_kind(read(), kind)
        if len(first) < MANY_KEYS:
            return first
        return [*first, *(key for key in _of_kind(read(prefix=prefix), kind) if key not in first)]

    return complete(text, keys)


def _of_kind(known: RunKeys, kind: FieldKind) -> Sequence[str]:
    keys = {FieldKind.METRIC: known.metrics, FieldKind.PARAM: known.params, FieldKind.TAG: known.tags}
    return keys.get(kind, ())
