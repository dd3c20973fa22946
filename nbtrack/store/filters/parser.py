from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, cast

from nbtrack.errors import InvalidFilter
from nbtrack.store.filters.fields import DATASET_FIELDS, RUN_FIELDS, Fields
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
    quoted,
)

if TYPE_CHECKING:
    from lark import Lark, Token, Tree

MAX_FILTER_LENGTH = 20_000
MAX_DEPTH = 50
"""Parentheses and negations in one another."""

_STATISTICS = {statistic.value: statistic for statistic in Statistic}
_UNITS_MS = {"ms": 1, "s": 1_000, "min": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 7 * 86_400_000}
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)
_DURATION = re.compile(r"(\d+(?:\.\d*)?|\.\d+)\s*([a-z]+)")
_FROM_ELSEWHERE = {"==": "=", "<>": "!=", "&&": "and", "||": "or"}
_WORD = re.compile(r"[\w.:/\-]+")
_NEEDS_VALUE = re.compile(r"([=<>]|\blike|\bin\s*\([^)]*)\s*$", re.IGNORECASE)
_EXPECTED = {
    "OPERATOR": "an operator, such as <, =, LIKE or IN",
    "STRING": "a value: a number, or text in quotes",
    "_AND": "and, or, or the end",
}
_EXAMPLE = """metrics.rmse < 1 and params.model = "tree\""""


def parse_filter(text: str, fields: Fields = RUN_FIELDS) -> And:
    """Parse a search filter such as ``metrics.rmse < 1 and params.model = "tree"``; blank matches everything.

    There are ``and``, ``or``, ``not`` and parentheses; ``= != < <= > >= LIKE ILIKE``, ``[NOT] IN (...)``,
    ``BETWEEN a AND b`` and ``IS [NOT] NULL``; of a metric's history ``.min .max .first .count .best_step``; ``age`` and
    ``duration`` with units (ms, s, min, h, d, w).

    Raises
    ------
    InvalidFilter
        With the position of what is wrong.
    """
    return _parse_filter(text, fields)[0]


def placed_fields(text: str, fields: Fields = RUN_FIELDS) -> Sequence[PlacedField]:
    """Return the fields that a filter names, with their places, from left to right.

    Raises
    ------
    InvalidFilter
        As of ``parse_filter``.
    """
    reading, (_, tokens) = _Reading(text, fields), _parse_filter(text, fields)
    return [PlacedField(reading.field(token), token.start_pos or 0, len(token)) for token in tokens]


def named_metrics(filter_text: str, order_by: Sequence[str] = ()) -> list[str]:
    """Return the keys of the metrics that a filter and an order of runs name."""
    named = [
        *(placed.field for placed in placed_fields(filter_text)),
        *(parse_order_by(text).field for text in order_by),
    ]
    return list(dict.fromkeys(field.key for field in named if field.kind is FieldKind.METRIC))


def _parse_filter(text: str, fields: Fields) -> tuple[And, Sequence[Token]]:
    """Parse a filter; return its tokens that are fields, too."""
    if not text.strip():
        return And(()), ()
    tree = _parse(text, "filter", expected=f"a comparison such as {_EXAMPLE}")
    found = _Reading(text, fields).filter(cast("Tree[Token]", tree.children[0]), depth=0)
    tokens = [token for token in tree.scan_values(lambda leaf: isinstance(leaf, str)) if token.type == "FIELD"]
    return found if isinstance(found, And) else And((found,)), tokens


def parse_order_by(text: str, fields: Fields = RUN_FIELDS) -> Order:
    """Parse one order such as ``metrics.rmse DESC``."""
    tree = _parse(text, "order", expected="a field and ASC or DESC, such as metrics.rmse DESC")
    token, direction = cast("list[Token]", tree.children)
    found = _Reading(text, fields).field(token)
    if found.kind is FieldKind.DATASET:
        raise InvalidFilter(text, f"{fields.things} may have several datasets: order by something else.", 0)
    return Order(found, direction is not None and str(direction).lower() == "desc")


def parse_duration(text: str) -> float:
    """Parse a time with its unit, such as ``12h``, ``1.5d`` or ``30 min``, into milliseconds."""
    matched = _DURATION.fullmatch(text.strip())
    if matched is None or matched[2] not in _UNITS_MS:
        raise InvalidFilter(text, f"This is no duration: give a number and a unit of {', '.join(_UNITS_MS)}.")
    return float(matched[1]) * _UNITS_MS[matched[2]]


@cache
def grammar() -> Lark:
    """Return the parser of filters, which start with ``filter``, and of orders, ``order``."""
    from lark import Lark

    rules = Path(__file__).with_name("filter.lark").read_text(encoding="utf-8")
    return Lark(rules, parser="lalr", start=["filter", "order"], maybe_placeholders=True)


def _parse(text: str, start: str, *, expected: str) -> Tree[Token]:
    from lark.exceptions import UnexpectedCharacters, UnexpectedToken

    if len(text) > MAX_FILTER_LENGTH:
        raise InvalidFilter(text[:40] + "...", f"This is longer than {MAX_FILTER_LENGTH:,} characters.")
    if "\x00" in text:
        raise InvalidFilter(text, "This holds a NUL character, which no text in a store does.", text.index("\x00"))
    try:
        return grammar().parse(text, start=start)
    except UnexpectedCharacters as error:
        raise _unreadable(text, error.pos_in_stream or 0, error.allowed, expected) from None
    except UnexpectedToken as error:
        is_end = error.token.type == "$END" or error.token.start_pos is None
        raise _unreadable(text, len(text) if is_end else error.token.start_pos or 0, error.accepts, expected) from None


def _unreadable(text: str, position: int, accepted: Collection[str] | None, expected: str) -> InvalidFilter:
    """Say what can't be read, and, where somebody speaks another language or leaves quotes out, how it is written."""
    for wrong, right in _FROM_ELSEWHERE.items():
        start = text.find(wrong, max(position - len(wrong) + 1, 0), position + len(wrong))
        if start >= 0:
            return InvalidFilter(text, f"{wrong} is written {right} here.", start, len(wrong), right)
    word = _WORD.match(text, position)
    length = len(word[0]) if word else len(text[position : position + 1])
    if word and _NEEDS_VALUE.search(text, 0, position):
        value = quoted(word[0])
        return InvalidFilter(text, f"Text is put in quotes: {value}.", position, length, value)
    expected = next((words for terminal, words in _EXPECTED.items() if terminal in (accepted or ())), expected)
    found = "I can't read this here" if length else "This is not the end"
    return InvalidFilter(text, f"{found}; expected {expected}.", position, length)


@dataclass(frozen=True)
class PlacedField:
    """A field, and the characters of the text that it was read from."""

    field: Field
    position: int
    length: int


@dataclass(frozen=True)
class _Reading:
    """A text that was parsed, and what its fields may be."""

    text: str
    fields: Fields

    def filter(self, tree: Tree[Token], *, depth: int) -> Filter:
        if depth > MAX_DEPTH:
            raise InvalidFilter(
                self.text[:40] + "...", f"This has more than {MAX_DEPTH} parentheses or negations in one another."
            )
        if tree.data in ("all", "either", "negation"):
            terms = tuple(self.filter(cast("Tree[Token]", child), depth=depth + 1) for child in tree.children)
            if tree.data == "negation":
                return Not(terms[0])
            return And(terms) if tree.data == "all" else Or(terms)
        first, *rest = cast("list[Token | None]", tree.children)
        assert first is not None  # noqa: S101 every rule begins with its field
        return self._test(str(tree.data), self.field(first), rest)

    def _test(self, rule: str, field: Field, rest: list[Token | None]) -> Filter:
        if rule == "presence":
            return Presence(field, is_null=rest[0] is None)
        if rule == "membership":
            values = tuple(self._value(field, "=", token) for token in rest[1:])
            return Membership(field, values, is_negated=rest[0] is not None)
        if rule == "between":
            low, high = (self._value(field, ">=", token) for token in rest)
            return And((Comparison(field, ">=", low), Comparison(field, "<=", high)))
        operator = str(rest[0]).upper()
        if operator.startswith("NOT"):
            operator = operator.split()[1]
            negated = Not(Comparison(field, operator, self._value(field, operator, rest[1])))
            # As with != and NOT IN, what has no such field doesn't match.
            return And((Presence(field, is_null=False), negated))
        return Comparison(field, operator, self._value(field, operator, rest[1]))

    def field(self, token: Token) -> Field:
        prefix, _, key = _split(str(token))
        kind = self.fields.prefixes.get(prefix.lower()) if key else None
        if kind is None:
            return self._bare_attribute(token)
        statistic = Statistic.LAST
        if kind is FieldKind.METRIC:
            # In backticks it is all key.
            name, _, suffix = key.rpartition(".")
            if name and suffix in _STATISTICS:
                key, statistic = name, _STATISTICS[suffix]
        key = _bare(key)
        if kind is FieldKind.ATTRIBUTE:
            key = self._known(key, self.fields.attributes, "attribute", token)
        if kind is FieldKind.DATASET:
            key = self._known(key, {name: name for name in DATASET_FIELDS}, "field of datasets", token)
        return Field(kind, key, statistic)

    def _bare_attribute(self, token: Token) -> Field:
        if self.fields.bare is not None:
            return Field(self.fields.bare, _bare(str(token)))
        attribute = self.fields.attributes.get(_bare(str(token)))
        if attribute is None:
            prefix = _split(str(token))[0]
            meant = _closest(prefix, [*self.fields.prefixes, *self.fields.attributes])
            known = f"fields of {self.fields.things} are {self.fields.examples}"
            reason = f"{str(token)!r} is no field{_did_you_mean(meant)}; {known}."
            raise InvalidFilter(self.text, reason, token.start_pos, len(prefix), meant)
        return Field(FieldKind.ATTRIBUTE, attribute)

    def _known(self, key: str, names: Mapping[str, str], what: str, token: Token) -> str:
        if key not in names:
            known, meant = ", ".join(sorted(set(names.values()))), _closest(key, names)
            reason = f"There is no {what} {key!r}{_did_you_mean(meant)}; there are {known}."
            corrected = None if meant is None else f"{_split(str(token))[0]}.{meant}"
            raise InvalidFilter(self.text, reason, token.start_pos, len(token), corrected)
        return names[key]

    def _value(self, field: Field, operator: str, token: Token | None) -> Value:
        raw, kind = str(token), getattr(token, "type", "")
        readers: dict[str, Callable[[str], Value]] = {"DURATION": parse_duration, "NUMBER": _number}
        value = readers.get(kind, _unquote)(raw)
        mistake = self._mistake(field, operator, value)
        if kind == "DURATION" and not (field.kind is FieldKind.ATTRIBUTE and field.key in self.fields.durations):
            durations = " and ".join(sorted(self.fields.durations))
            mistake = f"{raw} is a duration: " + (
                f"{durations} are compared with one." if durations else f"{self.fields.things} have none."
            )
        if mistake:
            position = getattr(token, "start_pos", None)
            raise InvalidFilter(self.text, mistake, position, len(raw), self._as_value(field, raw, kind))
        return value

    def _as_value(self, field: Field, raw: str, kind: str) -> str | None:
        """Return the value as it may have been meant, if the field takes one of that kind."""
        if not self.fields.is_number(field.kind, field.key):
            return quoted(raw) if kind != "STRING" else None
        unquoted = _unquote(raw) if kind == "STRING" else ""
        is_duration = field.kind is FieldKind.ATTRIBUTE and field.key in self.fields.durations
        return unquoted if _NUMBER.fullmatch(unquoted) or (is_duration and _DURATION.fullmatch(unquoted)) else None

    def _mistake(self, field: Field, operator: str, value: Value) -> str | None:
        is_numeric = self.fields.is_number(field.kind, field.key)
        name = f"{field.kind.value}.{field.key}"
        if is_numeric and isinstance(value, str):
            return f"{name} is a number: compare it with one, without quotes."
        if value != value and operator not in ("=", "!="):
            return f"NaN is neither above nor below anything: compare {name} with it by = or !=."
        if is_numeric and operator in ("LIKE", "ILIKE"):
            return f"{name} is a number: {operator} is for text."
        if not is_numeric and not isinstance(value, str):
            return f"{name} is text: put the value in quotes, '{value}'."
        return None


def _split(field: str) -> tuple[str, str, str]:
    return (field, "", "") if field[0] in '`"' else field.partition(".")


def _bare(name: str) -> str:
    return name[1:-1] if name[0] in '`"' and name[-1] == name[0] else name


def _number(raw: str) -> float:
    # Whole numbers stay whole: a time in milliseconds must compare exactly. Databases have 64 bits for them.
    is_whole = re.fullmatch(r"[+-]?\d{1,18}", raw) is not None
    return int(raw) if is_whole else float(raw)


def _closest(word: str, known: Iterable[str]) -> str | None:
    return next(iter(difflib.get_close_matches(word, list(known), n=1)), None)


def _did_you_mean(meant: str | None) -> str:
    return "" if meant is None else f" (did you mean {meant}?)"


def _unquote(raw: str) -> str:
    return re.sub(r"\\(.)", r"\1", raw[1:-1])
