"""What may follow in a filter that somebody is writing, told by the grammar itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nbtrack.errors import InvalidFilter
from nbtrack.store.filters.fields import DATASET_FIELDS, RUN_FIELDS, Fields
from nbtrack.store.filters.parser import MAX_FILTER_LENGTH, grammar, parse_order_by
from nbtrack.store.filters.tree import Field, FieldKind, Statistic, field_text, quoted

if TYPE_CHECKING:
    from lark import Token

MAX_OPTIONS = 100
KEYED = (FieldKind.METRIC, FieldKind.PARAM, FieldKind.TAG)
Keys = Callable[[FieldKind, str], Sequence[str]]
"""Gives the keys of a kind of field; there may be more than it gives, but not with this prefix."""

_PIECES = re.compile(
    r"""(?P<text>'(?:[^'\\]|\\.)*'?|"(?:[^"\\]|\\.)*"?)
      |(?P<field>(?:[A-Za-z_]\w*|`[^`]*`?)(?:\.(?:[\w/\-]+|`[^`]*`?|"[^"]*"?)?)*)
      |(?P<number>[\d.+\-][\w.+\-]*)
      |(?P<operator>[=<>!]+)
      |\S|\s+""",
    re.VERBOSE,
)
_OPERATORS = {
    "=": "",
    "!=": "",
    "<": "",
    "<=": "",
    ">": "",
    ">=": "",
    "LIKE": "% stands for anything",
    "ILIKE": "as LIKE, in upper or lower case",
    "IN (": "one of",
    "NOT IN (": "none of",
    "BETWEEN": "two numbers, with and",
    "IS NULL": "runs without it",
    "IS NOT NULL": "runs that have it",
}
_FOR_TEXTS = ("=", "!=", "LIKE", "ILIKE", "IN (", "NOT IN (", "IS NULL", "IS NOT NULL")
_FOR_NUMBERS = ("<", "<=", ">", ">=", "=", "!=", "BETWEEN", "IN (", "NOT IN (", "IS NULL", "IS NOT NULL")
_KEYWORDS = {"_AND": "and", "_OR": "or", "_NOT": "not", "_NULL": "NULL", "NEGATION": "not", "_IN": "IN (", "RPAR": ")"}
_STATISTICS = {
    Statistic.MIN: "the lowest value",
    Statistic.MAX: "the highest value",
    Statistic.FIRST: "the first value",
    Statistic.COUNT: "how many values",
    Statistic.BEST_STEP: "the step of the best value",
}
_ABOUT = {
    "metrics.": "what was measured",
    "params.": "what was set",
    "tags.": "what was noted",
    "datasets.": "what was used",
    "status": "FINISHED, FAILED, ...",
    "run_name": "its name",
    "age": "since it began, as 2d",
    "duration": "how long it took, as 10min",
    "notebook": "where it was made",
    "user_id": "who made it",
    "start_time": "ms since 1970",
    "end_time": "ms since 1970",
    "experiment_id": "",
    "run_id": "",
}
"""What people look for first stands first."""
_STATUSES = ("FINISHED", "RUNNING", "FAILED", "KILLED", "SCHEDULED")
_DURATIONS = ("10min", "1h", "1d", "7d")


@dataclass(frozen=True)
class Option:
    """What may be written; ``kind`` is metric, param, tag, attribute, dataset, operator, keyword or value."""

    text: str
    kind: str
    detail: str = ""


@dataclass(frozen=True)
class Completions:
    """Options for what stands between ``start`` and the cursor, the likeliest first."""

    start: int
    options: Sequence[Option] = ()


def complete(text: str, keys: Keys, fields: Fields = RUN_FIELDS) -> Completions:
    """Tell what can stand at the end of ``text``, where the cursor is, in place of the word that was begun there."""
    if len(text) > MAX_FILTER_LENGTH:
        return Completions(len(text))
    start = _begun_at(text)
    accepted = _accepted(text[:start])
    if accepted is None:
        return Completions(start)
    tokens, terminals = accepted
    asked = _Asked(text[start:], terminals, _last_field(tokens, fields), keys, fields)
    options = [option for option in asked.options() if option.text != asked.begun]
    return Completions(start, options[:MAX_OPTIONS])


def _begun_at(text: str) -> int:
    """Return where the word begins that may go on."""
    pieces = list(_PIECES.finditer(text))
    if not pieces or pieces[-1].lastgroup is None:
        return len(text)
    last = pieces[-1]
    word = last[0]
    is_closed = len(word) > 1 and word[-1] == word[0] and word[0] in "'\""
    is_whole = (
        is_closed or word in _OPERATORS or (last.lastgroup == "field" and word[-1] in '`"' and word.count("`") % 2 == 0)
    )
    return len(text) if is_whole else last.start()


def _accepted(head: str) -> tuple[Sequence[Token], Collection[str]] | None:
    """Return the tokens that were read and the grammar's terminals that can follow; None where it can't be read."""
    from lark.exceptions import UnexpectedInput

    # Lark types these methods in part only.
    parser: Any = grammar().parse_interactive(head, start="filter")
    try:
        return parser.exhaust_lexer(), parser.accepts()
    except UnexpectedInput:
        return None


def _last_field(tokens: Sequence[Token], fields: Fields) -> Field | None:
    for token in reversed(tokens):
        if token.type == "FIELD":
            try:
                return parse_order_by(str(token), fields).field
            except InvalidFilter:
                return None
    return None


@dataclass(frozen=True)
class _Asked:
    begun: str
    terminals: Collection[str]
    field: Field | None
    keys: Keys
    fields: Fields

    def options(self) -> Iterator[Option]:
        if "OPERATOR" in self.terminals:
            yield from self._operators()
            return
        if "STRING" in self.terminals:
            yield from self._values()
        if "FIELD" in self.terminals:
            yield from self._fields()
        for terminal, word in _KEYWORDS.items():
            if terminal in self.terminals and self._begins(word):
                yield Option(word, "keyword")

    def _begins(self, word: str) -> bool:
        return word.casefold().startswith(self.begun.casefold())

    def _operators(self) -> Iterator[Option]:
        if self.field is None:
            return  # these are words, or a field that is misspelt
        usual = _FOR_NUMBERS if self.fields.is_number(self.field.kind, self.field.key) else _FOR_TEXTS
        for word in filter(self._begins, usual):
            yield Option(word, "operator", _OPERATORS[word])

    def _values(self) -> Iterator[Option]:
        if self.field is None or self.field.kind is not FieldKind.ATTRIBUTE:
            return
        values: Sequence[str] = ()
        if self.field.key == "status":
            values = [quoted(status) for status in _STATUSES]
        elif self.field.key in self.fields.durations:
            values = _DURATIONS
        begun = self.begun.strip("'\"").casefold()
        for value in values:
            if value.strip("'").casefold().startswith(begun):
                yield Option(value, "value")

    def _fields(self) -> Iterator[Option]:
        prefix, point, rest = self.begun.partition(".")
        if not point:
            yield from self._names()
            return
        kind = self.fields.prefixes.get(prefix.lower())
        if kind is FieldKind.ATTRIBUTE:
            for name in self._attributes():
                if _is_found(rest, name):
                    yield Option(f"{prefix}.{name}", "attribute", _ABOUT.get(name, ""))
        elif kind is FieldKind.DATASET:
            yield from (Option(f"{prefix}.{name}", "dataset") for name in DATASET_FIELDS if _is_found(rest, name))
        elif kind is not None:
            yield from self._keys(kind, rest)

    def _attributes(self) -> Sequence[str]:
        known = list(_ABOUT)
        return sorted(
            set(self.fields.attributes.values()),
            key=lambda name: (known.index(name) if name in known else len(known), name),
        )

    def _names(self) -> Iterator[Option]:
        """Give what a field can begin with, and, of a word that is more than a letter, keys that hold it."""
        kinds = [kind for kind in FieldKind if kind in self.fields.kinds]
        starts = [(f"{kind.value}.", _NAMES[kind]) for kind in kinds]
        starts += [(name, "attribute") for name in self._attributes()]
        yield from (Option(text, name, _ABOUT.get(text, "")) for text, name in starts if self._begins(text))
        if len(self.begun) > 1:
            for kind in kinds:
                if kind in KEYED:
                    yield from self._keys(kind, self.begun)

    def _keys(self, kind: FieldKind, begun: str) -> Iterator[Option]:
        wanted = begun.strip('`"')
        keys = [key for key in self.keys(kind, wanted) if _is_found(wanted, key)]
        for key in sorted(
            keys, key=lambda key: (not key.startswith(wanted), key.startswith(("mlflow.", "nbtrack.")), key)
        ):
            text = field_text(Field(kind, key))
            if text is not None:
                yield Option(text, _NAMES[kind])
        metric, point, suffix = begun.rpartition(".")
        if kind is FieldKind.METRIC and point and metric.strip('`"') in self.keys(kind, metric.strip('`"')):
            for statistic, detail in _STATISTICS.items():
                if statistic.value.startswith(suffix):
                    yield Option(f"{kind.value}.{metric}.{statistic.value}", _NAMES[kind], detail)


_NAMES = {
    FieldKind.METRIC: "metric",
    FieldKind.PARAM: "param",
    FieldKind.TAG: "tag",
    FieldKind.DATASET: "dataset",
    FieldKind.ATTRIBUTE: "attribute",
}


def _is_found(word: str, name: str) -> bool:
    return word.casefold() in name.casefold()
