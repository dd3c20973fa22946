"""Filters and orders, compiled to SQL over the tables of whatever is searched."""

from __future__ import annotations

import functools
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
from nbtrack.store.sql.nesting import nested
from nbtrack.store.sql.ordering import Beside, Term
from nbtrack.store.sql.patterns import ilike, like

_IN_RANGE = ("=", "<", "<=", ">", ">=")
Attribute: TypeAlias = sa.Column[Any] | Callable[[sa.ColumnElement[int]], sa.ColumnElement[Any]]
"""A column, or what makes an expression from the present time in milliseconds."""


@dataclass(frozen=True, eq=False)
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
    found_characters
        Texts of up to so many characters are found by an index of keys and values.
    """

    source: sa.FromClause
    owner: tuple[tuple[sa.Column[Any], sa.Column[Any]], ...]
    column: Callable[[Field], sa.Column[Any]]
    key: sa.Column[Any] | None = None
    latest: tuple[sa.Column[Any], ...] = ()
    is_walkable: Callable[[Field], bool] = lambda _: False
    found_characters: int | None = None

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
        return self.is_walkable(test.field) or (self.found_characters is not None and self._is_found(test))

    def led_to(self, test: Comparison | Membership) -> sa.ColumnElement[bool]:
        """Tell the rows of ``source`` that match a test, in the words of the index that leads to them."""
        column = self.column(test.field)
        matches = sa.and_(self.is_keyed(test.field), compare(column, test))
        if self.found_characters is None:
            return matches
        return sa.and_(matches, sa.func.length(column) <= sa.literal_column(str(self.found_characters)))

    def _is_found(self, test: Comparison | Membership) -> bool:
        lengths = [len(str(value)) for value in _values(test)]
        return _is_equality(test) and max(lengths, default=0) <= (self.found_characters or 0)

    @functools.lru_cache(maxsize=32)  # noqa: B019 those that are asked for it live as long as the process
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

    def then(self, things: sa.Table) -> sa.FromClause:
        """Return these rows, and with each what it belongs to, which a database looks at last."""
        return nested(self.source, things, sa.and_(*(column == of for column, of in self.owner)))


Anchor: TypeAlias = Mapping[sa.Column[Any], sa.ColumnElement[Any]]
"""Columns that equal the searched thing's own: a database may look at them before it reads the thing itself."""


@dataclass(frozen=True)
class Searched:
    """Where one kind of thing and its fields lie.

    ``indexed`` are attributes by which an index orders what is searched.
    """

    table: sa.Table
    fields: Fields
    attributes: Mapping[str, Attribute]
    owned: Mapping[FieldKind, Owned] = field(default_factory=dict)
    indexed: frozenset[str] = frozenset()

    def attribute(self, field: Field, now_ms: int) -> sa.ColumnElement[Any]:
        found = self.attributes[field.key]
        return found if isinstance(found, sa.Column) else found(sa.literal(now_ms, sa.BigInteger))

    def is_led_to(self, test: Filter) -> TypeGuard[Comparison | Membership]:
        """Tell whether an index leads to what matches."""
        if not isinstance(test, Comparison | Membership) or test.field.kind is FieldKind.ATTRIBUTE:
            return False
        return self.owned[test.field.kind].is_led_to(test)

    def is_walkable(self, field: Field) -> bool:
        """Tell whether an index is ordered by a field."""
        if field.kind is FieldKind.ATTRIBUTE:
            return field.key in self.indexed
        return self.owned[field.kind].is_walkable(field)


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
    # In the words of an index where there is one: a database may begin there.
    matches = owned.led_to(node) if owned.is_led_to(node) else compare(owned.column(node.field), node)
    return sa.exists().select_from(owned.source).where(has, matches)


def compare(column: sa.ColumnElement[Any], test: Comparison | Membership) -> sa.ColumnElement[bool]:
    """Compile the comparison of a column that holds a field's value, where NULL is NaN."""
    if isinstance(test, Membership):
        found = sa.or_(sa.false(), *(_compare(column, "=", value) for value in test.values))
        return sa.not_(found) if test.is_negated else found
    return _compare(column, test.operator, test.value)


def term(order: Order, searched: Searched, *, now_ms: int, place: int) -> Term:
    """Compile an order, which is at this place of several, to expressions of the searched thing alone."""
    if order.field.kind is FieldKind.ATTRIBUTE:
        column = searched.attribute(order.field, now_ms)
        is_nullable = isinstance(column, sa.Column) and bool(column.nullable)
        return Term(column, order.descending, sa.case((column.is_(None), 1), else_=0) if is_nullable else None)
    owned = searched.owned[order.field.kind]
    if owned.latest:
        return _latest_term(order, owned)
    # Joined, a value is read once for each thing, however often the order speaks of it.
    owned = owned.alias(f"order_{place}")
    column = owned.column(order.field)
    (of_owner, _), *_ = owned.owner
    rank = sa.case((column.is_not(None), 0), (of_owner.is_not(None), 1), else_=2)
    return Term(column, order.descending, rank, Beside(owned.source, owned.has(order.field, {})))


def _latest_term(order: Order, owned: Owned) -> Term:
    """Compile an order by the one row that is chosen of several."""
    column = owned.column(order.field)

    def read(expression: sa.ColumnElement[Any]) -> sa.ScalarSelect[Any]:
        chosen = sa.select(expression).where(owned.has(order.field, {}))
        return chosen.order_by(*(column.desc() for column in owned.latest)).limit(1).scalar_subquery()

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
