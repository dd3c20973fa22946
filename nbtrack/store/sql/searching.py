"""One page of a search over any kind of thing, in whichever of two ways costs less.

Where few things can match, those are read and sorted. Where many can, an index is walked in the order that was asked
for until the page is full; the number of things that are looked at depends on what part of them matches, not on how
many there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

import sqlalchemy as sa

from nbtrack import clock
from nbtrack.errors import InvalidInput
from nbtrack.store.filters import (
    And,
    Comparison,
    FieldKind,
    Filter,
    Membership,
    Order,
    parse_filter,
    parse_order_by,
)
from nbtrack.store.paging import Position, damaged_token, read_token, write_token
from nbtrack.store.sql.conditions import Anchor, Searched, compare, condition, term
from nbtrack.store.sql.nesting import keep_order
from nbtrack.store.sql.ordering import Term, after, ordered, place_of
from nbtrack.store.sql.planning import Question, Test, Way, choose_way

MAX_ORDERS = 32
"""A database joins no more than 64 tables, and nobody's eye follows further."""


@dataclass(frozen=True)
class Search:
    """What is asked for.

    Parameters
    ----------
    searched
        What kind of thing.
    statement
        A SELECT of the columns that are wanted, where whatever the filter doesn't say holds already.
    question
        What else makes ``statement`` what it is, for page tokens; printable as JSON.
    last
        The end of every order, which makes it certain.
    is_within
        Whether an index leads to what ``statement`` says.
    """

    searched: Searched
    statement: sa.Select[Any]
    filter: str
    order_by: Sequence[str]
    max_results: int
    page_token: str | None
    question: tuple[object, ...]
    last: tuple[Term, ...]
    is_within: bool = False


def find_page(connection: sa.Connection, search: Search) -> tuple[Sequence[sa.Row[Any]], str | None]:
    """Return the rows of one page, beginning with the columns asked for, and the token of the next page, if any.

    Raises
    ------
    InvalidFilter, InvalidInput
        The filter, the order or the token can't be read, the order has too many fields, or the token belongs to another
        search.
    """
    if search.max_results < 1:
        raise InvalidInput(f"max_results is at least 1, not {search.max_results}.")
    if len(search.order_by) > MAX_ORDERS:
        raise InvalidInput(f"Order by at most {MAX_ORDERS} fields, not by {len(search.order_by):,}.")
    question = (search.searched.fields.things, search.filter, list(search.order_by), *search.question)
    position = read_token(search.page_token, question) if search.page_token else None
    # The pages of one search agree on what is now.
    now_ms = clock.now_ms() if position is None else position.now_ms
    rows: list[sa.Row[Any]] = []
    keep_order(connection)
    for stage in _stages(connection, search, now_ms):
        rows += stage.rows(connection, position, limit=search.max_results + 1 - len(rows))
        if len(rows) > search.max_results:
            page = rows[: search.max_results]
            place = place_of(page[-1], stage.terms)
            return page, write_token(Position(place, now_ms), question)
    return rows, None


@dataclass(frozen=True)
class _Stage:
    """A stretch of the order. Stages follow each other; the places of their rows have the same columns.

    ``rank`` is that of the first term where all rows of the stage have the same. ``is_empty`` is a SELECT that costs
    less than the stage and may tell that there are no rows.
    """

    statement: sa.Select[Any]
    terms: tuple[Term, ...]
    rank: int | None = None
    is_empty: sa.Select[Any] | None = None

    def rows(self, connection: sa.Connection, position: Position | None, *, limit: int) -> Sequence[sa.Row[Any]]:
        """Read what comes after a position, up to ``limit`` rows."""
        statement = ordered(self.statement, self.terms).limit(limit)
        if position is not None:
            reached = self.rank if self.rank is None else _rank_of(position)
            if reached == self.rank:
                statement = statement.where(after(self.terms, position.values))
            elif reached is not None and self.rank is not None and reached > self.rank:
                return ()
        if self.is_empty is not None and connection.scalar(self.is_empty):
            return ()
        return connection.execute(statement).all()


def _rank_of(position: Position) -> int:
    first = position.values[0] if position.values else None
    if not isinstance(first, int):
        raise damaged_token()
    return first


def _stages(connection: sa.Connection, search: Search, now_ms: int) -> Iterator[_Stage]:
    searched = search.searched
    tests = list(_conjuncts(parse_filter(search.filter, searched.fields)))
    orders = [parse_order_by(text, searched.fields) for text in search.order_by]
    first = orders[0] if orders else None
    is_walkable = first is None or searched.is_walkable(first.field)
    is_by_key = first is not None and first.field.kind is not FieldKind.ATTRIBUTE
    # An index of attributes goes through what the search is within, and through nothing else.
    is_index_within = is_walkable and not is_by_key
    question = Question(
        searched=searched,
        within=search.statement if search.is_within and not is_index_within else None,
        tests=tests,
        is_walkable=is_walkable,
        order=None if first is None else first.field,
        wanted=search.max_results,
    )
    way = choose_way(connection, question)
    if way.is_walk and first is not None and is_by_key:
        rest = [term(order, searched, now_ms=now_ms, place=place) for place, order in enumerate(orders[1:])]
        yield from _Walk(search, first, (*rest, *search.last), way, now_ms).stages()
    else:
        # The database walks along an index of attributes by itself.
        statement, _ = _led(search, way.tests, None if way.is_walk else way.lead, now_ms)
        terms = (term(order, searched, now_ms=now_ms, place=place) for place, order in enumerate(orders))
        yield _Stage(statement, (*terms, *search.last))


def _led(search: Search, tests: Sequence[Filter], lead: Test | None, now_ms: int) -> tuple[sa.Select[Any], Anchor]:
    """Return a SELECT of what matches, beginning with what ``lead`` leads to, and the columns that this has."""
    searched, statement = search.searched, search.statement
    anchor: Anchor = {}
    if lead is not None:
        leading = searched.owned[lead.field.kind].alias("leading")
        statement = statement.select_from(leading.then(searched.table)).where(leading.led_to(lead))
        anchor = leading.anchor
    rest = (test for test in tests if test is not lead)
    return statement.where(*(condition(test, searched, now_ms=now_ms, anchor=anchor) for test in rest)), anchor


@dataclass(frozen=True)
class _Walk:
    """A walk along the index of keys and values, for the first field of an order: numbers, NaN, then what lacks it."""

    search: Search
    order: Order
    rest: tuple[Term, ...]
    way: Way
    now_ms: int

    def stages(self) -> Iterator[_Stage]:
        owned = self.search.searched.owned[self.order.field.kind].alias("walked")
        value = owned.column(self.order.field)
        own_tests = [test for test in self.way.tests if self._is_of_order(test)]
        # What can be told of the walked row is told before another one is read.
        with_key = self.search.statement.select_from(owned.then(self.search.searched.table)).where(
            owned.is_keyed(self.order.field),
            *(compare(value, test) for test in own_tests),
            *(
                condition(test, self.search.searched, now_ms=self.now_ms, anchor=owned.anchor)
                for test in self.way.tests
                if test not in own_tests
            ),
        )
        yield _Stage(with_key.where(value.is_not(None)), self._terms(value, 0), 0)
        if value.nullable and not any(owned.is_led_to(test) for test in own_tests):
            yield _Stage(with_key.where(value.is_(None)), self._terms(value, 1), 1)
        if not own_tests:
            yield _Stage(self._without_key(), self._terms(sa.null(), 2), 2, self._all_have_key())

    def _all_have_key(self) -> sa.Select[Any]:
        """Compare two counts, of which an index gives each: most often, whoever orders by a key has it in every run."""
        owned = self.search.searched.owned[self.order.field.kind]
        having = sa.select(sa.func.count()).select_from(owned.source).where(owned.is_keyed(self.order.field))
        of_all = sa.select(sa.func.count()).select_from(self.search.searched.table)
        return sa.select(having.scalar_subquery() == of_all.scalar_subquery())

    def _without_key(self) -> sa.Select[Any]:
        # Most have the key, as a rule; an index that leads to the matches passes them by.
        statement, anchor = _led(self.search, self.way.tests, self.way.lead, self.now_ms)
        owned = self.search.searched.owned[self.order.field.kind]
        return statement.where(
            sa.not_(sa.exists().select_from(owned.source).where(owned.has(self.order.field, anchor)))
        )

    def _is_of_order(self, test: Filter) -> TypeGuard[Comparison | Membership]:
        return isinstance(test, Comparison | Membership) and test.field == self.order.field

    def _terms(self, value: sa.ColumnElement[Any], rank: int) -> tuple[Term, ...]:
        return (Term(value, self.order.descending, rank), *self.rest)


def _conjuncts(node: Filter) -> Iterator[Filter]:
    if isinstance(node, And):
        for term_ in node.terms:
            yield from _conjuncts(term_)
    else:
        yield node
