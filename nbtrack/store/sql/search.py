"""Filters and orders, compiled to SQL over the tables' indexes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import sqlalchemy as sa

from nbtrack.entities import is_lower_better
from nbtrack.errors import InvalidInput
from nbtrack.store.filters import (
    And,
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
    parse_filter,
    parse_order_by,
)
from nbtrack.store.paging import Position, read_token, write_token
from nbtrack.store.protocol import RunQuery
from nbtrack.store.sql.ordering import Term, after, ordered, place_of
from nbtrack.store.sql.patterns import ilike, like
from nbtrack.store.sql.tables import metric_summaries, params, runs, tags

_ATTRIBUTE_COLUMNS: dict[str, sa.Column[Any]] = {
    "run_id": runs.c.run_id,
    "run_name": runs.c.name,
    "status": runs.c.status,
    "start_time": runs.c.started_at_ms,
    "end_time": runs.c.ended_at_ms,
    "user_id": runs.c.user,
    "experiment_id": runs.c.experiment_id,
    "notebook": runs.c.notebook,
}


def find_runs(connection: sa.Connection, query: RunQuery) -> tuple[Sequence[sa.Row[Any]], str | None]:
    """Return the rows of ``runs`` of one page, and the token of the next if there is one."""
    if query.max_results < 1:
        raise InvalidInput(f"max_results is at least 1, not {query.max_results}.")
    question = (query.filter, query.order_by, query.experiment_ids, query.lifecycle)
    position = read_token(query.page_token, question) if query.page_token else None
    # The pages of one search agree on what is now.
    now_ms = time.time_ns() // 1_000_000 if position is None else position.now_ms
    statement = runs.select().where(_condition(parse_filter(query.filter), now_ms))
    if query.lifecycle is not None:
        statement = statement.where(runs.c.lifecycle == query.lifecycle)
    if query.experiment_ids:
        statement = statement.where(runs.c.experiment_id.in_(query.experiment_ids))
    terms = []
    for number, text in enumerate(query.order_by):
        statement, term = _with_term(statement, parse_order_by(text), number, now_ms)
        terms.append(term)
    # Newest first, and by id where times are equal: pages need one certain order.
    terms += [Term(runs.c.started_at_ms, is_descending=True), Term(runs.c.run_id)]
    statement = ordered(statement, terms)
    if position is not None:
        statement = statement.where(after(terms, position.values))
    rows = connection.execute(statement.limit(query.max_results + 1)).all()
    if len(rows) <= query.max_results:
        return rows, None
    page = rows[: query.max_results]
    return page, write_token(Position(place_of(page[-1], terms), now_ms), question)


def _condition(node: Filter, now_ms: int) -> sa.ColumnElement[bool]:
    if isinstance(node, And):
        return sa.and_(sa.true(), *(_condition(term, now_ms) for term in node.terms))
    if isinstance(node, Or):
        return sa.or_(sa.false(), *(_condition(term, now_ms) for term in node.terms))
    if isinstance(node, Not):
        return sa.not_(_condition(node.term, now_ms))
    column, table, key = _place(node.field, now_ms)
    if isinstance(node, Presence):
        if table is None:
            return column.is_(None) if node.is_null else column.is_not(None)
        has_key = sa.exists().where(table.c.run_id == runs.c.run_id, table.c.key == key)
        return sa.not_(has_key) if node.is_null else has_key
    if isinstance(node, Membership):
        tests = [_compare(column, node.field, "=", value) for value in node.values]
        compared = sa.or_(sa.false(), *tests)
        compared = sa.not_(compared) if node.is_negated else compared
    else:
        compared = _compare(column, node.field, node.operator, node.value)
    if table is None:
        # A run without the attribute doesn't match, and matches the negation.
        return sa.func.coalesce(compared, sa.false())
    if table is metric_summaries:
        # There is an index by key and value: a database may begin with the few runs that match.
        return runs.c.run_id.in_(sa.select(table.c.run_id).where(table.c.key == key, compared))
    return sa.exists().where(table.c.run_id == runs.c.run_id, table.c.key == key, compared)


def _place(field: Field, now_ms: int) -> tuple[sa.ColumnElement[Any], sa.Table | None, str]:
    if field.kind is FieldKind.METRIC:
        return metric_summaries.c[_statistic_column(field)], metric_summaries, field.key
    if field.kind is FieldKind.PARAM:
        return params.c.value, params, field.key
    if field.kind is FieldKind.TAG:
        return tags.c.value, tags, field.key
    if field.key == "age":
        return _now(now_ms) - runs.c.started_at_ms, None, field.key
    if field.key == "duration":
        return sa.func.coalesce(runs.c.ended_at_ms, _now(now_ms)) - runs.c.started_at_ms, None, field.key
    return _ATTRIBUTE_COLUMNS[field.key], None, field.key


def _now(now_ms: int) -> sa.ColumnElement[int]:
    return sa.literal(now_ms, sa.BigInteger)


def _statistic_column(field: Field) -> str:
    if field.statistic is Statistic.BEST_STEP:
        return "min_step" if is_lower_better(field.key) else "max_step"
    return str(field.statistic.value)


def _compare(column: sa.ColumnElement[Any], field: Field, operator: str, value: Value) -> sa.ColumnElement[bool]:
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
    if operator == "!=" and field.kind is FieldKind.METRIC:
        return sa.or_(compared, column.is_(None))  # NULL is NaN, which differs from every number
    return compared


def _with_term(statement: sa.Select[Any], order: Order, number: int, now_ms: int) -> tuple[sa.Select[Any], Term]:
    column, table, key = _place(order.field, now_ms)
    if table is None:
        rank = sa.case((column.is_(None), 1), else_=0) if getattr(column, "nullable", False) else None
        return statement, Term(column, order.descending, rank)
    joined = table.alias(f"order_{number}")
    value = joined.c[_statistic_column(order.field) if order.field.kind is FieldKind.METRIC else "value"]
    on = sa.and_(joined.c.run_id == runs.c.run_id, joined.c.key == key)
    # Numbers first, then NaN (a row whose value is NULL), then runs without the key, whichever the direction.
    rank = sa.case((joined.c.key.is_(None), 2), (value.is_(None), 1), else_=0)
    return statement.outerjoin(joined, on), Term(value, order.descending, rank)
