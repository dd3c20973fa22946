from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias


class FieldKind(str, Enum):
    METRIC = "metrics"
    PARAM = "params"
    TAG = "tags"
    ATTRIBUTE = "attributes"


@dataclass(frozen=True)
class Field:
    kind: FieldKind
    key: str


@dataclass(frozen=True)
class Comparison:
    """``field operator value``; operators are ``= != < <= > >= LIKE ILIKE``."""

    field: Field
    operator: str
    value: str | float


@dataclass(frozen=True)
class And:
    """All terms hold; without terms, everything matches."""

    terms: tuple[Filter, ...]


Filter: TypeAlias = Comparison | And


@dataclass(frozen=True)
class Order:
    field: Field
    descending: bool = False
