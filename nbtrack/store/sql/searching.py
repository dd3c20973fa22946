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
    Field,
    FieldKind,
    Filter,
    Membership,
    Order,
    parse_filter,
    parse_order_by,
)
from nbtrack.store.paging import Position, damaged_token, read_token, write_token
from nbtrack.store.sql.conditions import Anchor, Searched, compare, condition, term
from nbtrack.store.sql.membership import one_of
from nbtrack.store.sql.ordering import Term, after, ordered, place_of

FEW = 500
"""So many things are read and sorted in no time."""
MANY = 10_000
"""So many things take longer to read and sort than anybody should wait for."""


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
    """

    searched: Searched
    statement: sa.Select[Any]
    filter: str
    order_by: Sequence[str]
    max_results: int
    page_token: str | None
    question: tuple[object, ...]
    last: tuple[Term, ...]


def find_page(connection: sa.Connection, search: Search) -> tuple[Sequence[sa.Row[Any]], str | None]:
    """Return the rows of one page, beginning with the columns asked for, and the token of the next page, if any.

    Raises
    ------
    InvalidFilter, InvalidInput
        The filter, the order or the token can't be read, or the token belongs to another search.
    """
    if search.max_results < 1:
        raise InvalidInput(f"max_results is at least 1, not {search.max_results}.")
    question = (search.searched.fields.things, search.filter, list(search.order_by), *search.question)
    position = read_token(search.page_token, question) if search.page_token else None
    # The pages of one search agree on what is now.
    now_ms = clock.now_ms() if position is None else position.now_ms
    stages = _stages(connection, search, now_ms)
    rows: list[sa.Row[Any]] = []
    for stage in stages:
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


def _stages(connection: sa.Connection, search: Search, now_ms: int) -> Sequence[_Stage]:
    searched = search.searched
    tests = list(_conjuncts(parse_filter(search.filter, searched.fields)))
    orders = [parse_order_by(text, searched.fields) for text in search.order_by]
    terms = [term(order, searched, now_ms=now_ms) for order in orders]
    few = _few(connection, search, tests)
    if few is None and orders and _is_walkable(orders[0].field, searched):
        return _Walk(search, orders[0], (*terms[1:], *search.last), tests, now_ms).stages()
    matches = [condition(test, searched, now_ms=now_ms) for test in tests]
    statement = search.statement.where(*matches, *([] if few is None else [few]))
    return [_Stage(statement, (*terms, *search.last))]


@dataclass(frozen=True)
class _Walk:
    """A walk along the index of keys and values, for the first field of an order: numbers, NaN, then what lacks it."""

    search: Search
    order: Order
    rest: tuple[Term, ...]
    tests: Sequence[Filter]
    now_ms: int

    def stages(self) -> list[_Stage]:
        owned = self.search.searched.owned[self.order.field.kind].alias("walked")
        value = owned.column(self.order.field)
        # What can be told of the walked row is told before another one is read.
        with_key = self.search.statement.where(
            owned.has(self.order.field, {}),
            *(
                compare(value, test) if self._is_of_order(test) else self._condition(test, owned.anchor)
                for test in self.tests
            ),
        )
        stages = [_Stage(with_key.where(value.is_not(None)), self._terms(value, 0), 0)]
        own_tests = [test for test in self.tests if self._is_of_order(test)]
        if value.nullable and not any(owned.is_led_to(test) for test in own_tests):
            stages.append(_Stage(with_key.where(value.is_(None)), self._terms(value, 1), 1))
        if not own_tests:
            stages.append(_Stage(self._without_key(), self._terms(sa.null(), 2), 2, self._all_have_key()))
        return stages

    def _all_have_key(self) -> sa.Select[Any]:
        """Compare two counts, of which an index gives each: most often, whoever orders by a key has it in every run."""
        owned = self.search.searched.owned[self.order.field.kind]
        ((_, of),) = owned.owner
        having = sa.select(sa.func.count()).select_from(owned.source).where(owned.is_keyed(self.order.field))
        of_all = sa.select(sa.func.count()).select_from(of.table)
        return sa.select(having.scalar_subquery() == of_all.scalar_subquery())

    def _without_key(self) -> sa.Select[Any]:
        searched = self.search.searched
        owned = searched.owned[self.order.field.kind]
        statement, tests = self.search.statement, list(self.tests)
        anchor: Anchor = {}
        # Most have the key, as a rule; an index that leads to the matches passes them by.
        driver = next((test for test in tests if _leads(test, searched)), None)
        if driver is not None:
            driving = searched.owned[driver.field.kind].alias("driving")
            statement = statement.where(driving.has(driver.field, {}), driving.led_to(driver))
            anchor = driving.anchor
            tests.remove(driver)
        lacks_key = sa.not_(sa.exists().select_from(owned.source).where(owned.has(self.order.field, anchor)))
        return statement.where(*(self._condition(test, anchor) for test in tests), lacks_key)

    def _is_of_order(self, test: Filter) -> TypeGuard[Comparison | Membership]:
        return isinstance(test, Comparison | Membership) and test.field == self.order.field

    def _condition(self, test: Filter, anchor: Anchor) -> sa.ColumnElement[bool]:
        return condition(test, self.search.searched, now_ms=self.now_ms, anchor=anchor)

    def _terms(self, value: sa.ColumnElement[Any], rank: int) -> tuple[Term, ...]:
        return (Term(value, self.order.descending, rank), *self.rest)


def _few(connection: sa.Connection, search: Search, tests: Sequence[Filter]) -> sa.ColumnElement[bool] | None:
    """Return the condition that a thing is one of the few that can match, if an index says so."""
    fewest: tuple[int, sa.Select[Any], sa.Column[Any]] | None = None
    for test in tests:
        if _leads(test, search.searched):
            owned = search.searched.owned[test.field.kind]
            ((column, of),) = owned.owner
            found = sa.select(column).where(owned.led_to(test))
            count = _count(connection, found, MANY)
            if fewest is None or count < fewest[0]:
                fewest = (count, found, of)
    if fewest is None:
        return None
    count, found, of = fewest
    if count > FEW and (count > MANY or not _is_long_walk(connection, of, count, search.max_results)):
        return None
    return one_of(of, connection.scalars(found).all())


def _is_long_walk(connection: sa.Connection, of: sa.Column[Any], count: int, wanted: int) -> bool:
    """Tell whether a walk would look at more things than the ``count`` that can match before it finds what is wanted.

    If all that can match do, it looks at ``wanted / count`` of all things; reading and sorting one costs as much as
    walking past four.
    """
    enough = 4 * count * count // wanted
    return _count(connection, sa.select(sa.literal(1)).select_from(of.table), enough) > enough


def _count(connection: sa.Connection, statement: sa.Select[Any], most: int) -> int:
    """Count rows, but not further than to one more than ``most``."""
    counted = sa.select(sa.func.count()).select_from(statement.limit(most + 1).subquery())
    return connection.execute(counted).scalar_one()


def _leads(test: Filter, searched: Searched) -> TypeGuard[Comparison | Membership]:
    """Tell whether an index leads to what matches."""
    if not isinstance(test, Comparison | Membership) or test.field.kind is FieldKind.ATTRIBUTE:
        return False
    return searched.owned[test.field.kind].is_led_to(test)


def _is_walkable(field: Field, searched: Searched) -> bool:
    return field.kind is not FieldKind.ATTRIBUTE and searched.owned[field.kind].is_walkable(field)


def _conjuncts(node: Filter) -> Iterator[Filter]:
    if isinstance(node, And):
        for term_ in node.terms:
            yield from _conjuncts(term_)
    else:
        yield node
