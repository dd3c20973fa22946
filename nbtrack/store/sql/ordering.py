"""One certain order of rows, and what comes after a place in it: pages that hold while rows are added."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from nbtrack.store.paging import Scalar, damaged_token


@dataclass(frozen=True)
class Beside:
    """Rows that are looked at beside those that are ordered: at most one for each, where ``condition`` holds."""

    source: sa.FromClause
    condition: sa.ColumnElement[bool]


@dataclass(frozen=True)
class Term:
    """One key of an order.

    Rows that have no value come last in both directions, which no database's own order does: numbers have rank 0, NaN,
    which is NULL in a row that is there, has 1, and what has no such row has 2. Without a rank every row has a value; a
    whole number is the rank of all rows. ``beside`` is where the value lies, if not in the row itself.
    """

    value: sa.ColumnElement[Any]
    is_descending: bool = False
    rank: sa.ColumnElement[int] | int | None = None
    beside: Beside | None = None

    @property
    def columns(self) -> tuple[sa.ColumnElement[Any], ...]:
        """What tells a row's place: two columns, or one if every row has a value."""
        if self.rank is None:
            return (self.value,)
        return (sa.literal_column(str(self.rank)) if isinstance(self.rank, int) else self.rank, self.value)

    def clauses(self, labels: Sequence[sa.Label[Any]]) -> list[sa.ColumnElement[Any]]:
        """Return what to order by, in terms of ``columns`` under their labels."""
        value = labels[-1].desc() if self.is_descending else labels[-1].asc()
        if isinstance(self.rank, int):
            return [] if self.rank else [value]
        return [*labels[:-1], value]

    def after(self, place: Sequence[Scalar], ties: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
        """Tell rows after ``place``; of those at the same place, the ones where ``ties`` holds."""
        *ranks, value = place
        beyond = ties if any(ranks) else self._beyond(value, ties)
        if self.rank is None or isinstance(self.rank, int):
            return beyond
        return sa.and_(self.rank >= ranks[0], sa.or_(self.rank > ranks[0], beyond))

    def _beyond(self, value: Scalar, ties: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
        wanted = str if isinstance(self.value.type, sa.String) else (int, float)
        if not isinstance(value, wanted):
            raise damaged_token()
        further = self.value < value if self.is_descending else self.value > value
        # Written as a range first, which an index can serve.
        in_range = self.value <= value if self.is_descending else self.value >= value
        return sa.and_(in_range, sa.or_(further, ties))


def ordered(statement: sa.Select[Any], terms: Sequence[Term]) -> sa.Select[Any]:
    """Order a SELECT and add the columns that tell each row's place to it, as the last ones."""
    clauses: list[sa.ColumnElement[Any]] = []
    labels: list[sa.Label[Any]] = []
    for term in terms:
        if term.beside is not None:
            statement = statement.outerjoin(term.beside.source, term.beside.condition)
        own = [column.label(f"place_{len(labels) + number}") for number, column in enumerate(term.columns)]
        clauses += term.clauses(own)
        labels += own
    return statement.add_columns(*labels).order_by(*clauses)


def after(terms: Sequence[Term], place: Sequence[Scalar]) -> sa.ColumnElement[bool]:
    """Tell rows after ``place``, which is that of the last row of a page."""
    if len(place) != width(terms):
        raise damaged_token()
    condition: sa.ColumnElement[bool] = sa.false()
    end = len(place)
    for term in reversed(terms):
        start = end - len(term.columns)
        condition = term.after(place[start:end], condition)
        end = start
    return condition


def place_of(row: sa.Row[Any], terms: Sequence[Term]) -> tuple[Scalar, ...]:
    """Return the place of a row of an ``ordered`` statement."""
    values = tuple(row)[-width(terms) :]
    return tuple(None if value != value else value for value in values)


def width(terms: Sequence[Term]) -> int:
    """Count the columns of a place."""
    return sum(len(term.columns) for term in terms)
