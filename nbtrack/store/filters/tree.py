from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias


class FieldKind(str, Enum):
    METRIC = "metrics"
    PARAM = "params"
    TAG = "tags"
    DATASET = "datasets"
    ATTRIBUTE = "attributes"


class Statistic(str, Enum):
    """What of a metric's history is meant. ``best_step`` is that of the lowest value of a loss, else of the highest."""

    LAST = "last"
    FIRST = "first"
    MIN = "min"
    MAX = "max"
    COUNT = "count"
    BEST_STEP = "best_step"


@dataclass(frozen=True)
class Field:
    kind: FieldKind
    key: str
    statistic: Statistic = Statistic.LAST

    def __str__(self) -> str:
        if self.kind in (FieldKind.ATTRIBUTE, FieldKind.DATASET):
            return f"{self.kind.value}.{self.key}"
        suffix = "" if self.statistic is Statistic.LAST else f".{self.statistic.value}"
        return f"{self.kind.value}.`{self.key}`{suffix}"


_PLAIN_KEY = re.compile(r"[\w/\-]+(\.[\w/\-]+)*")


def field_text(field: Field) -> str | None:
    """Write a field as people do: quoted only where its key needs it. None: no filter can name this key."""
    if field.kind in (FieldKind.ATTRIBUTE, FieldKind.DATASET):
        return str(field)
    is_metric, end = field.kind is FieldKind.METRIC, field.key.rpartition(".")[2]
    is_plain = _PLAIN_KEY.fullmatch(field.key) and not (is_metric and end in {each.value for each in Statistic})
    quote = "" if is_plain else next((mark for mark in '`"' if mark not in field.key), None)
    if quote is None or not field.key:
        return None
    suffix = "" if field.statistic is Statistic.LAST else f".{field.statistic.value}"
    return f"{field.kind.value}.{quote}{field.key}{quote}{suffix}"


Value: TypeAlias = str | float


def quoted(text: str) -> str:
    """Write a text as a filter's value."""
    return "'" + re.sub(r"(['\\])", r"\\\1", text) + "'"


@dataclass(frozen=True)
class Comparison:
    """``field operator value``; operators are ``= != < <= > >= LIKE ILIKE``."""

    field: Field
    operator: str
    value: Value

    def __str__(self) -> str:
        return f"{self.field} {self.operator} {_text(self.value)}"


@dataclass(frozen=True)
class Membership:
    """The field's value is one of some."""

    field: Field
    values: tuple[Value, ...]
    is_negated: bool = False

    def __str__(self) -> str:
        return f"{self.field} {'NOT ' * self.is_negated}IN ({', '.join(map(_text, self.values))})"


@dataclass(frozen=True)
class Presence:
    """The run has the field, or, ``is_null``, lacks it."""

    field: Field
    is_null: bool

    def __str__(self) -> str:
        return f"{self.field} IS {'' if self.is_null else 'NOT '}NULL"


@dataclass(frozen=True)
class And:
    """All terms hold; without terms, everything matches."""

    terms: tuple[Filter, ...]

    def __str__(self) -> str:
        return " AND ".join(f"({term})" for term in self.terms)


@dataclass(frozen=True)
class Or:
    """One of the terms holds, or several."""

    terms: tuple[Filter, ...]

    def __str__(self) -> str:
        return " OR ".join(f"({term})" for term in self.terms)


@dataclass(frozen=True)
class Not:
    term: Filter

    def __str__(self) -> str:
        return f"NOT ({self.term})"


Filter: TypeAlias = Comparison | Membership | Presence | And | Or | Not


@dataclass(frozen=True)
class Order:
    field: Field
    descending: bool = False


def _text(value: Value) -> str:
    return quoted(value) if isinstance(value, str) else json.dumps(value)
