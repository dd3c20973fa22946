from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, cast

from nbtrack.errors import InvalidFilter
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
)

if TYPE_CHECKING:
    from lark import Lark, Token, Tree

MAX_FILTER_LENGTH = 20_000
MAX_DEPTH = 50
"""Parentheses and negations in one another."""

_KINDS = {
    "metric": FieldKind.METRIC,
    "metrics": FieldKind.METRIC,
    "param": FieldKind.PARAM,
    "params": FieldKind.PARAM,
    "parameter": FieldKind.PARAM,
    "parameters": FieldKind.PARAM,
    "tag": FieldKind.TAG,
    "tags": FieldKind.TAG,
    "attribute": FieldKind.ATTRIBUTE,
    "attributes": FieldKind.ATTRIBUTE,
    "attr": FieldKind.ATTRIBUTE,
    "run": FieldKind.ATTRIBUTE,
}
_ATTRIBUTES = {
    "run_id": "run_id",
    "id": "run_id",
    "run_name": "run_name",
    "name": "run_name",
    "status": "status",
    "start_time": "start_time",
    "created": "start_time",
    "end_time": "end_time",
    "user_id": "user_id",
    "user": "user_id",
    "experiment_id": "experiment_id",
    "notebook": "notebook",
    "age": "age",
    "duration": "duration",
}
_NUMERIC_ATTRIBUTES = {"start_time", "end_time", "age", "duration"}
_STATISTICS = {statistic.value: statistic for statistic in Statistic}
_UNITS_MS = {"ms": 1, "s": 1_000, "min": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 7 * 86_400_000}
_EXAMPLE = """metrics.rmse < 1 and params.model = "tree\""""


def parse_filter(text: str) -> Filter:
    """Parse a search filter such as ``metrics.rmse < 1 and params.model = "tree"``; blank matches everything.

    There are ``and``, ``or``, ``not`` and parentheses; ``= != < <= > >= LIKE ILIKE``, ``[NOT] IN (...)``,
    ``BETWEEN a AND b`` and ``IS [NOT] NULL``; of a metric's history ``.min .max .first .count .best_step``; ``age`` and
    ``duration`` with units (ms, s, min, h, d, w).

    Raises
    ------
    InvalidFilter
        With the position of what is wrong.
    """
    if not text.strip():
        return And(())
    tree = _parse(text, "filter", expected=f"a comparison such as {_EXAMPLE}")
    found = _filter(cast("Tree[Token]", tree.children[0]), text, depth=0)
    return found if isinstance(found, And) else And((found,))


def parse_order_by(text: str) -> Order:
    """Parse one order such as ``metrics.rmse DESC``."""
    tree = _parse(text, "order", expected="a field and ASC or DESC, such as metrics.rmse DESC")
    field, direction = tree.children
    descending = direction is not None and str(direction).lower() == "desc"
    return Order(_field(field, text), descending)  # type: ignore[arg-type]


@cache
def _grammar() -> Lark:
    from lark import Lark

    grammar = Path(__file__).with_name("filter.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", start=["filter", "order"], maybe_placeholders=True)


def _parse(text: str, start: str, *, expected: str) -> Tree[Token]:
    from lark.exceptions import UnexpectedInput

    if len(text) > MAX_FILTER_LENGTH:
        raise InvalidFilter(text[:40] + "...", f"This is longer than {MAX_FILTER_LENGTH:,} characters.")
    try:
        return _grammar().parse(text, start=start)
    except UnexpectedInput as error:
        # At the end of the text Lark gives a negative position, or none.
        found = cast("int | None", error.pos_in_stream)
        position = len(text) if found is None or found < 0 else found
        raise InvalidFilter(text, f"I can't read this here; expected {expected}.", position) from None


def _filter(tree: Tree[Token], text: str, *, depth: int) -> Filter:
    if depth > MAX_DEPTH:
        raise InvalidFilter(
            text[:40] + "...", f"This has more than {MAX_DEPTH} parentheses or negations in one another."
        )
    if tree.data in ("all", "either", "negation"):
        terms = tuple(_filter(cast("Tree[Token]", child), text, depth=depth + 1) for child in tree.children)
        if tree.data == "negation":
            return Not(terms[0])
        return And(terms) if tree.data == "all" else Or(terms)
    first, *rest = cast("list[Token | None]", tree.children)
    assert first is not None  # noqa: S101 every rule begins with its field
    field = _field(first, text)
    if tree.data == "presence":
        return Presence(field, is_null=rest[0] is None)
    if tree.data == "membership":
        values = tuple(_value(field, "=", token, text) for token in rest[1:])
        return Membership(field, values, is_negated=rest[0] is not None)
    if tree.data == "between":
        low, high = (_value(field, ">=", token, text) for token in rest)
        return And((Comparison(field, ">=", low), Comparison(field, "<=", high)))
    operator = str(rest[0]).upper()
    if operator.startswith("NOT"):
        operator = operator.split()[1]
        negated = Not(Comparison(field, operator, _value(field, operator, rest[1], text)))
        # As with != and NOT IN, a run without the field doesn't match.
        return And((Presence(field, is_null=False), negated))
    return Comparison(field, operator, _value(field, operator, rest[1], text))


def _value(field: Field, operator: str, token: Token | None, text: str) -> Value:
    raw, kind = str(token), getattr(token, "type", "")
    value: Value
    if kind == "DURATION":
        number = raw.rstrip("abcdefghijklmnopqrstuvwxyz")
        value = float(number) * _UNITS_MS[raw[len(number) :]]
    else:
        value = _number(raw) if kind == "NUMBER" else _unquote(raw)
    position = getattr(token, "start_pos", None)
    if kind == "DURATION" and field.key not in ("age", "duration"):
        raise InvalidFilter(text, f"{raw} is a duration: age and duration are compared with one.", position)
    _check_types(field, operator, value, text, position)
    return value


def _number(raw: str) -> float:
    # Whole numbers stay whole: a time in milliseconds must compare exactly.
    return int(raw) if re.fullmatch(r"[+-]?\d+", raw) else float(raw)


def _check_types(field: Field, operator: str, value: str | float, text: str, position: int | None) -> None:
    is_numeric = field.kind is FieldKind.METRIC or field.key in _NUMERIC_ATTRIBUTES
    name = f"{field.kind.value}.{field.key}"
    if is_numeric and isinstance(value, str):
        raise InvalidFilter(text, f"{name} is a number: compare it with one, without quotes.", position)
    if is_numeric and operator in ("LIKE", "ILIKE"):
        raise InvalidFilter(text, f"{name} is a number: {operator} is for text.", position)
    if not is_numeric and not isinstance(value, str):
        raise InvalidFilter(text, f"{name} is text: put the value in quotes, '{value}'.", position)


def _field(token: Token, text: str) -> Field:
    prefix, _, key = str(token).partition(".")
    kind = _KINDS.get(prefix.lower())
    if kind is None or not key:
        attribute = _ATTRIBUTES.get(str(token))
        if attribute is None:
            meant = _meant(prefix, [*_KINDS, *_ATTRIBUTES])
            reason = (
                f"{str(token)!r} is no field{meant}; fields are metrics.KEY, params.KEY, tags.KEY and attributes.NAME."
            )
            raise InvalidFilter(text, reason, token.start_pos)
        return Field(FieldKind.ATTRIBUTE, attribute)
    statistic = Statistic.LAST
    if kind is FieldKind.METRIC:
        # In backticks it is all key.
        name, _, suffix = key.rpartition(".")
        if name and suffix in _STATISTICS:
            key, statistic = name, _STATISTICS[suffix]
    if key[0] in '`"' and key[-1] == key[0]:
        key = key[1:-1]
    if kind is FieldKind.ATTRIBUTE:
        if key not in _ATTRIBUTES:
            known = ", ".join(sorted(set(_ATTRIBUTES.values())))
            raise InvalidFilter(
                text, f"There is no attribute {key!r}{_meant(key, _ATTRIBUTES)}; there are {known}.", token.start_pos
            )
        key = _ATTRIBUTES[key]
    return Field(kind, key, statistic)


def _meant(word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, list(known), n=1)
    return f" (did you mean {close[0]}?)" if close else ""


def _unquote(raw: str) -> str:
    return re.sub(r"\\(.)", r"\1", raw[1:-1])
