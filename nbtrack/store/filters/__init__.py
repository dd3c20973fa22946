"""The language of searches: text in, a tree of frozen values out. What a store makes of the tree is its own affair."""

from nbtrack.store.filters.completion import Completions, Option, complete
from nbtrack.store.filters.fields import (
    EXPERIMENT_FIELDS,
    LOGGED_MODEL_FIELDS,
    MODEL_VERSION_FIELDS,
    REGISTERED_MODEL_FIELDS,
    RUN_FIELDS,
    Fields,
)
from nbtrack.store.filters.parser import PlacedField, parse_duration, parse_filter, parse_order_by, placed_fields
from nbtrack.store.filters.tree import (
    And,
    Comparison,
    Field,
    FieldKind,
    Filter,
    Membership,
    Not,
    Or,
    Order,
    Presence,
    Statistic,
    Value,
    field_text,
    quoted,
)
from nbtrack.store.filters.words import filter_of, is_words

__all__ = [
    "EXPERIMENT_FIELDS",
    "LOGGED_MODEL_FIELDS",
    "MODEL_VERSION_FIELDS",
    "REGISTERED_MODEL_FIELDS",
    "RUN_FIELDS",
    "And",
    "Comparison",
    "Completions",
    "Field",
    "FieldKind",
    "Fields",
    "Filter",
    "Membership",
    "Not",
    "Option",
    "Or",
    "Order",
    "PlacedField",
    "Presence",
    "Statistic",
    "Value",
    "complete",
    "field_text",
    "filter_of",
    "is_words",
    "parse_duration",
    "parse_filter",
    "parse_order_by",
    "placed_fields",
    "quoted",
]
