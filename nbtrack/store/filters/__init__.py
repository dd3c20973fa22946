"""The language of searches: text in, a tree of frozen values out. What a store makes of the tree is its own affair."""

from nbtrack.store.filters.fields import (
    EXPERIMENT_FIELDS,
    LOGGED_MODEL_FIELDS,
    MODEL_VERSION_FIELDS,
    REGISTERED_MODEL_FIELDS,
    RUN_FIELDS,
    Fields,
)
from nbtrack.store.filters.parser import parse_duration, parse_filter, parse_order_by
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
    quoted,
)

__all__ = [
    "EXPERIMENT_FIELDS",
    "LOGGED_MODEL_FIELDS",
    "MODEL_VERSION_FIELDS",
    "REGISTERED_MODEL_FIELDS",
    "RUN_FIELDS",
    "And",
    "Comparison",
    "Field",
    "FieldKind",
    "Fields",
    "Filter",
    "Membership",
    "Not",
    "Or",
    "Order",
    "Presence",
    "Statistic",
    "Value",
    "parse_duration",
    "parse_filter",
    "parse_order_by",
    "quoted",
]
