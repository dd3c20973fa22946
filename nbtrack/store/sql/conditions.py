"""Filters and orders, compiled to SQL over the tables of whatever is searched."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeAlias, TypeGuard

import sqlalchemy as sa

from nbtrack.store.filters import (
    And,
    Comparison,
    Field,
    FieldKind,
    Fields,
    Filter,
    Membership,
    Not,
    Or,
    Order,
    Presence,
)
from nbtrack.store.filters import Value as FilterValue
from nbtrack.store.sql.ordering import Term
from nbtrack.store.sql.patterns import ilike, like

_IN_RANGE = ("=", "<", "<=", ">", ">=")
Attribute: TypeAlias = sa.Column[Any] | Callable[[sa.ColumnElement[int]], sa.ColumnElement[Any]]
"""A column, or what makes an expression from the present time in milliseconds."""


@dataclass(frozen=True)
class Owned:
    """Rows that belong to what is searched: its metrics, params, tags or datasets.

    Parameters
    ----------
    source
        Where they lie.
    owner
        Columns of ``source`` and the columns of the thing that they equal.
    column
        Gives the column that holds a field's value.
    key
        The column that the field's key is looked for in; without one, there is a row for every field.
    latest
        Columns by whose highest values one row is chosen for an order, where a thing may have several of a key.
    is_walkable
        Whether an index of numbers begins with the key and the value of a field.
    head_characters
        So many first characters of a text are indexed, after its key.
    """

    source: sa.FromClause
    owner: tuple[tuple[sa.Column[Any], sa.Column[Any]], ...]
    column: Callable[[Field], sa.Column[Any]]
    key: sa.Column[Any] | None = None
    latest: tuple[sa.Column[Any], ...] = ()
    is_walkable: Callable[[Field], bool] = lambda _: False
    head_characters: int | None = None

    def has(self, field: Field, anchor: Anchor) -> sa.ColumnElement[bool]:
        """Tell the rows of ``source`` that hold this field of the thing in question."""
        return sa.and_(self.is_keyed(field), *(column == anchor.get(of, of) for column, of in self.owner))

    def is_keyed(self, field: Field) -> sa.ColumnElement[bool]:
        """Tell the rows of ``source`` that hold this field of anything."""
        return sa.true() if self.key is None else self.key == field.key

    def is_led_to(self, test: Filter) -> TypeGuard[Comparison | Membership]:
        """Tell whether an index leads to what matches: values in a range, so neither NaN nor all but some."""
        if isinstance(test, Membership):
            is_range = not test.is_negated
        else:
            is_range = isinstance(test, Comparison) and test.operator in _IN_RANGE
        if not isinstance(test, Comparison | Membership) or not is_range or _has_nan(test):
            return False
        return self.is_walkable(test.field) or (self.head_characters is not None and _is_equality(test))

    def led_to(self, test: Comparison | Membership) -> sa.ColumnElement[bool]:
        """Tell the rows of ``source`` that match a test, in the words of the index that leads to them."""
        column, length = self.column(test.field), self.head_characters
        if length is None:
            return sa.and_(self.is_keyed(test.field), compare(column, test))
        head = sa.func.substr(column, sa.literal_column("1"), sa.literal_column(str(length)))
        tail = sa.func.substr(column, sa.literal_column(str(length + 1)))
        texts = [str(value) for value in _values(test)]
        # Not ``column = text``: SQLite would put the text into the expressions, and find no index for them.
        matches = (sa.and_(head == text[:length], tail == text[length:]) for text in texts)
        heads = sorted({text[:length] for text in texts})
        return sa.and_(self.is_keyed(test.field), head.in_(heads), sa.or_(*matches))

    def alias(self, name: str) -> Owned:
        """Return the same rows under another name, beside which others of them can be looked at."""
        source = self.source.alias(name)

        def renamed(column: sa.Column[Any]) -> Any:
            return source.c[column.name]

        return replace(
            self,
            source=source,
            owner=tuple((renamed(column), of) for column, of in self.owner),
            column=lambda field: renamed(self.column(field)),
            key=None if self.key is None else renamed(self.key),
        )

    @property
    def anchor(self) -> Anchor:
        """The owner's columns as these rows have them."""
        return {of: column for column, of in self.owner}


Anchor: TypeAlias = Mapping[sa.Column[Any], sa.ColumnElement[Any]]
"""Columns that equal the searched thing's own: a database may look at them before it reads the thing itself."""


@dataclass(frozen=True)
class Searched:
    """Where the fields of one kind of thing lie."""

    fields: Fields
    attributes: Mapping[str, Attribute]
    owned: Mapping[FieldKind, Owned] = field(default_factory=dict)

    def attribute(self, field: Field, now_ms: int) -> sa.ColumnElement[Any]:
        found = self.attributes[field.key]
        return found if isinstance(found, sa.Column) else found(sa.literal(now_ms, sa.BigInteger))


def condition(node: Filter, searched: Searched, *, now_ms: int, anchor: Anchor = {}) -> sa.ColumnElement[bool]:  # noqa: B006 a Mapping
    """Compile a filter to a condition that is true or false, never NULL, for each thing."""
    compiled = partial(condition, searched=searched, now_ms=now_ms, anchor=anchor)
    if isinstance(node, And):
        return sa.and_(sa.true(), *map(compiled, node.terms))
    if isinstance(node, Or):
        return sa.or_(sa.false(), *map(compiled, node.terms))
    if isinstance(node, Not):
        return sa.not_(compiled(node.term))
    if node.field.kind is FieldKind.ATTRIBUTE:
        column = searched.attribute(node.field, now_ms)
        if isinstance(node, Presence):
            return column.is_(None) if node.is_null else column.is_not(None)
        # What lacks the attribute doesn't match, and matches the negation.
        return sa.and_(column.is_not(None), compare(column, node))
    owned = searched.owned[node.field.kind]
    has = owned.has(node.field, anchor)
    if isinstance(node, Presence):
        found = sa.exists().select_from(owned.source).where(has)
        return sa.not_(found) if node.is_null else found
    return sa.exists().select_from(owned.source).where(has, compare(owned.column(node.field), node))


def compare(column: sa.ColumnElement[Any], test: Comparison | Membership) -> sa.ColumnElement[bool]:
    """Compile the comparison of a column that holds a field's value, where NULL is NaN."""
    if isinstance(test, Membership):
        found = sa.or_(sa.false(), *(_compare(column, "=", value) for value in test.values))
        return sa.not_(found) if test.is_negated else found
    return _compare(column, test.operator, test.value)


def term(order: Order, searched: Searched, *, now_ms: int) -> Term:
    """Compile an order to expressions of the searched thing alone."""
    if order.field.kind is FieldKind.ATTRIBUTE:
        column = searched.attribute(order.field, now_ms)
        is_nullable = isinstance(column, sa.Column) and bool(column.nullable)
        return Term(column, order.descending, sa.case((column.is_(None), 1), else_=0) if is_nullable else None)
    owned = searched.owned[order.field.kind]
    column = owned.column(order.field)
    latest = [column.desc() for column in owned.latest]

    def read(expression: sa.ColumnElement[Any]) -> sa.ScalarSelect[Any]:
        chosen = sa.select(expression).where(owned.has(order.field, {})).order_by(*latest)
        return (chosen.limit(1) if latest else chosen).scalar_subquery()

    # Numbers first, then NaN, which is NULL in a row that is there, then what has no such row.
    rank = sa.func.coalesce(read(sa.case((column.is_(None), 1), else_=0)), 2)
    return Term(read(column), order.descending, rank)


def _has_nan(test: Comparison | Membership) -> bool:
    return any(value != value for value in _values(test))


def _values(test: Comparison | Membership) -> tuple[FilterValue, ...]:
    return test.values if isinstance(test, Membership) else (test.value,)


def _is_equality(test: Comparison | Membership) -> bool:
    return isinstance(test, Membership) or test.operator == "="


def _compare(column: sa.ColumnElement[Any], operator: str, value: FilterValue) -> sa.ColumnElement[bool]:
    if value != value:
        return column.is_(None) if operator == "=" else column.is_not(None)
    operators: dict[str, Callable[[Any], sa.ColumnElement[bool]]] = {
        "=": column.__eq__,
        "!=": column.__ne__,
        "<": column.__lt__,
        "<=": column.__le__,
        ">": column.__gt__,
        ">=": column.__ge__,
        "LIKE": partial(like, column),
        "ILIKE": partial(ilike, column),
    }
    compared = operators[operator](value)
    if operator == "!=" and isinstance(value, float | int):
        return sa.or_(compared, column.is_(None))  # NaN differs from every number
    return compared
