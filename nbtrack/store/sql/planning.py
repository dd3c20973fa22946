"""Which way to the answer of a search costs less: an index that leads to all that can match, or one in its order."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import sqlalchemy as sa

from nbtrack.store.filters import Comparison, Field, Filter, Membership
from nbtrack.store.sql.conditions import Searched
from nbtrack.store.sql.sizes import ONE, about_how_many

MANY = 10_000
"""So many things take longer to read and sort than anybody should wait for; further need not be counted."""
READING = 2
"""Reading and sorting a thing costs as much as walking past so many."""
Test: TypeAlias = Comparison | Membership


@dataclass(frozen=True)
class Question:
    """What decides on the way.

    Parameters
    ----------
    searched
        What kind of thing.
    within
        A SELECT of what the search is within, if an index leads to that and the walk doesn't keep to it.
    tests
        All must hold.
    is_walkable
        Whether an index is in the order of the search.
    order
        The first field of that order, if it is not the usual one.
    wanted
        How many things are asked for.
    """

    searched: Searched
    within: sa.Select[Any] | None
    tests: Sequence[Filter]
    is_walkable: bool
    order: Field | None
    wanted: int


@dataclass(frozen=True)
class Way:
    """Walk in the order of the search, or go to all that can match: those of the test ``lead``, or all within.

    ``tests`` are those of the question, the rarest first.
    """

    is_walk: bool
    lead: Test | None
    tests: Sequence[Filter]


def choose_way(connection: sa.Connection, question: Question) -> Way:
    """Choose by how many things match each test, as far as indexes can tell."""
    leads: list[Test | None] = [test for test in question.tests if question.searched.is_led_to(test)]
    if question.within is not None:
        leads.append(None)
    if not leads or (len(leads) == 1 and not question.is_walkable):
        return Way(question.is_walkable, leads[0] if leads else None, question.tests)
    total, counts = _sizes(connection, question, leads)
    fewest, lead = min(zip(counts, leads, strict=True), key=lambda each: each[0])
    known = {id(test): count for count, test in zip(counts, leads, strict=True)}
    tests = sorted(question.tests, key=lambda test: known.get(id(test), math.inf))
    is_walk = question.is_walkable and (fewest > MANY or READING * fewest > _walked(question, leads, counts, total))
    return Way(is_walk, lead, tests)


def _walked(question: Question, leads: Sequence[Test | None], counts: Sequence[int], total: int) -> float:
    """Guess how many things a walk passes until it has what is wanted, the tests having nothing to do with each other.

    Only what an index leads to is counted, so that it may be more.
    """
    walked, most = float(question.wanted), total
    for lead, count in zip(leads, counts, strict=True):
        if lead is not None and lead.field == question.order:
            most = count  # it begins and ends there
        else:
            walked *= total / max(count, 1)
    return min(walked, most)


def _sizes(connection: sa.Connection, question: Question, leads: Sequence[Test | None]) -> tuple[int, Sequence[int]]:
    """Return about how many things there are, and how many each lead leads to."""
    statements = [_led_to(question, lead) for lead in leads]
    return about_how_many(connection, question.searched.table, statements, most=MANY)


def _led_to(question: Question, lead: Test | None) -> sa.Select[Any]:
    if lead is not None:
        owned = question.searched.owned[lead.field.kind]
        return sa.select(ONE).select_from(owned.source).where(owned.led_to(lead))
    assert question.within is not None  # noqa: S101 what leads without a test is what the search is within
    return question.within.with_only_columns(ONE)
