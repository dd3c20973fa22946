"""One certain order of rows, and what comes after a place in it: pages that hold while rows are added."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from nbtrack.store.paging import Scalar, damaged_token


@dataclass(frozen=True)
class Term:
    """One key of an order.

    Rows that have no value come last in both directions, which no database's own order does: where ``rank`` is above
    0 there is none, and those rows are ordered by rank. Without a rank every row has a value.
    """

    value: sa.ColumnElement[Any]
    is_descending: bool = False
    rank: sa.ColumnElement[int] | None = None

    @property
    def columns(self) -> tuple[sa.ColumnElement[Any], ...]:
        """What tells a row's place: two columns, or one if every row has a value."""
        return (self.value,) if self.rank is None else (self.rank, self.value)

    @property
    def clauses(self) -> tuple[sa.ColumnElement[Any], ...]:
        *rank, value = self.columns
        return (*rank, value.desc() if self.is_descending else value.asc())

    def after(self, place: Sequence[Scalar], ties: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
        """Tell rows after ``place``; of those at the same place, the ones where ``ties`` holds."""
        *ranks, value = place
        if any(ranks):
            beyond = ties
        else:
            self._check_type(value)
            further = self.value < value if self.is_descending else self.value > value
            # Written as a range first, which an index can serve.
            in_range = self.value <= value if self.is_descending else self.value >= value
            beyond = sa.and_(in_range, sa.or_(further, ties))
        if self.rank is None:
            return beyond
        return sa.and_(self.rank >= ranks[0], sa.or_(self.rank > ranks[0], beyond))

    def _check_type(self, value: Scalar) -> None:
        wanted = str if isinstance(self.value.type, sa.String) else (int, float)
        if not isinstance(value, wanted):
            raise damaged_token()


def ordered(statement: sa.Select[Any], terms: Sequence[Term]) -> sa.Select[Any]:
    """Order a SELECT and add the columns that tell each row's place to it, as the last ones."""
    clauses = [clause for term in terms for clause in term.clauses]
    columns = [column.label(f"place_{number}") for number, column in enumerate(_columns(terms))]
    return statement.add_columns(*columns).order_by(*clauses)


def after(terms: Sequence[Term], place: Sequence[Scalar]) -> sa.ColumnElement[bool]:
    """Tell rows after ``place``, which is that of the last row of a page."""
    if len(place) != len(_columns(terms)):
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
    values = tuple(row)[-len(_columns(terms)) :]
    return tuple(None if value != value else value for value in values)


def _columns(terms: Sequence[Term]) -> list[sa.ColumnElement[Any]]:
    return [column for term in terms for column in term.columns]
