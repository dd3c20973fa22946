from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, cast

from nbtrack.errors import InvalidFilter
from nbtrack.store.filters.tree import And, Comparison, Field, FieldKind, Filter, Order

if TYPE_CHECKING:
    from lark import Lark, Token, Tree

MAX_FILTER_LENGTH = 20_000

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
}
_NUMERIC_ATTRIBUTES = {"start_time", "end_time"}
_EXAMPLE = """metrics.rmse < 1 and params.model = "tree\""""


def parse_filter(text: str) -> Filter:
    """Parse a search filter such as ``metrics.rmse < 1 and params.model = "tree"``; blank matches everything.

    Raises
    ------
    InvalidFilter
        With the position of what is wrong.
    """
    if not text.strip():
        return And(())
    tree = _parse(text, "filter", expected=f"a comparison such as {_EXAMPLE}")
    return And(tuple(_comparison(child, text) for child in tree.children))  # type: ignore[arg-type]


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


def _comparison(tree: Tree[Token], text: str) -> Comparison:
    field_token, operator_token, value_tree = tree.children
    field = _field(field_token, text)  # type: ignore[arg-type]
    operator = str(operator_token).upper()
    raw = str(value_tree.children[0])  # type: ignore[union-attr]
    position = value_tree.children[0].start_pos  # type: ignore[union-attr]
    value: str | float
    value = _number(raw) if value_tree.data == "number" else _unquote(raw)  # type: ignore[union-attr]
    _check_types(field, operator, value, text, position)
    return Comparison(field, operator, value)


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
            reason = f"{str(token)!r} is no field; fields are metrics.KEY, params.KEY, tags.KEY and attributes.NAME."
            raise InvalidFilter(text, reason, token.start_pos)
        return Field(FieldKind.ATTRIBUTE, attribute)
    if key[0] in '`"' and key[-1] == key[0]:
        key = key[1:-1]
    if kind is FieldKind.ATTRIBUTE:
        if key not in _ATTRIBUTES:
            known = ", ".join(sorted(set(_ATTRIBUTES.values())))
            raise InvalidFilter(text, f"There is no attribute {key!r}; there are {known}.", token.start_pos)
        key = _ATTRIBUTES[key]
    return Field(kind, key)


def _unquote(raw: str) -> str:
    return re.sub(r"\\(.)", r"\1", raw[1:-1])
