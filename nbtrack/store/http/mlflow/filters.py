"""Searches as MLflow's servers understand them: comparisons joined by AND, and little else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence

from nbtrack.clock import now_ms
from nbtrack.errors import InvalidFilter
from nbtrack.store.filters import (
    LOGGED_MODEL_FIELDS,
    And,
    Comparison,
    Field,
    FieldKind,
    Filter,
    Membership,
    Not,
    Or,
    Presence,
    Statistic,
    Value,
    parse_filter,
    parse_order_by,
)
from nbtrack.store.http.mlflow import tags

_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "!=": "!="}
_MODEL_ATTRIBUTES = {"model_id", "name", "model_type", "source_run_id", "creation_timestamp", "last_updated_timestamp"}
_ATTRIBUTES = {"run_id", "run_name", "status", "start_time", "end_time", "user_id"}


def filter_for_mlflow(text: str, server_run_id: Callable[[str], str]) -> str:
    """Translate a filter.

    Parameters
    ----------
    server_run_id
        Gives the server's id for a run's id in the filter.

    Raises
    ------
    InvalidFilter
        It doesn't parse, or the server has no words for it.
    """
    translator = _Translator(text, server_run_id)
    return " AND ".join(translator.clauses(parse_filter(text)))


def model_filter_for_mlflow(
    text: str, server_model_id: Callable[[str], str], server_run_id: Callable[[str], str]
) -> str:
    """Translate a filter of logged models; see ``filter_for_mlflow``."""
    translator = _ModelTranslator(text, server_run_id, server_model_id)
    return " AND ".join(translator.clauses(parse_filter(text, LOGGED_MODEL_FIELDS)))


def order_for_mlflow(order_by: Sequence[str]) -> list[str]:
    """Translate an order; among equals the server itself puts the newest start first, then goes by id."""
    clauses = []
    for text in order_by:
        order = parse_order_by(text)
        field, is_descending = order.field, order.descending
        if field == Field(FieldKind.ATTRIBUTE, "age"):
            field, is_descending = Field(FieldKind.ATTRIBUTE, "start_time"), not is_descending
        clauses.append(f"{_name(field, text)} {'DESC' if is_descending else 'ASC'}")
    return clauses


def quoted(value: str) -> str:
    """Write a text in a filter; one with quotes of both kinds can't be written."""
    if "'" not in value:
        return f"'{value}'"
    if '"' not in value:
        return f'"{value}"'
    raise InvalidFilter(value, "An MLflow server can't be asked for a text that holds both ' and \".")


class _Translator:
    def __init__(self, text: str, server_run_id: Callable[[str], str]) -> None:
        self._text, self._server_run_id = text, server_run_id
        self._now_ms = now_ms()

    def clauses(self, node: Filter) -> Iterator[str]:
        if isinstance(node, And):
            for term in node.terms:
                yield from self.clauses(term)
        elif isinstance(node, Comparison):
            yield self._comparison(node)
        elif isinstance(node, Presence):
            yield self._presence(node)
        elif isinstance(node, Membership):
            yield self._membership(node)
        else:
            raise _no_words(self._text, {Or: "`or`", Not: "`not`"}[type(node)])

    def _comparison(self, node: Comparison) -> str:
        field, operator, value = node.field, node.operator, node.value
        if field == Field(FieldKind.ATTRIBUTE, "age") and isinstance(value, (int, float)):
            return f"attributes.start_time {_FLIPPED[operator]} {int(self._now_ms - value)}"
        return f"{_name(field, self._text)} {operator} {self._literal(field, value)}"

    def _presence(self, node: Presence) -> str:
        return f"{_name(node.field, self._text)} IS {'' if node.is_null else 'NOT '}NULL"

    def _membership(self, node: Membership) -> str:
        if node.field.key == "run_id" and node.field.kind is FieldKind.ATTRIBUTE:
            values = ", ".join(self._literal(node.field, value) for value in node.values)
            return f"attributes.run_id {'NOT ' * node.is_negated}IN ({values})"
        if len(node.values) == 1 and not node.is_negated:
            return self._comparison(Comparison(node.field, "=", node.values[0]))
        raise _no_words(self._text, "`in` for anything but run_id")

    def _literal(self, field: Field, value: Value) -> str:
        if not isinstance(value, str):
            is_whole = field.kind is FieldKind.ATTRIBUTE
            return str(int(value)) if is_whole else json.dumps(value)
        if field == Field(FieldKind.ATTRIBUTE, "run_id"):
            return quoted(self._server_run_id(value))
        return quoted(value)


class _ModelTranslator(_Translator):
    """The server's words for models are others: attributes stand alone, and texts in single quotes."""

    def __init__(self, text: str, server_run_id: Callable[[str], str], server_model_id: Callable[[str], str]) -> None:
        super().__init__(text, server_run_id)
        self._ids = {"source_run_id": server_run_id, "model_id": server_model_id}

    def _comparison(self, node: Comparison) -> str:
        return f"{self._model_field(node.field)} {node.operator} {self._literal(node.field, node.value)}"

    def _presence(self, node: Presence) -> str:
        raise _no_words(self._text, f"`is null` for models, as of {node.field.key!r}")

    def _membership(self, node: Membership) -> str:
        values = ", ".join(self._literal(node.field, value) for value in node.values)
        return f"{self._model_field(node.field)} {'NOT ' * node.is_negated}IN ({values})"

    def _literal(self, field: Field, value: Value) -> str:
        if not isinstance(value, str):
            return json.dumps(value)
        if "'" in value or "\\" in value:
            raise _no_words(self._text, "texts with ' or \\ for models")
        is_id = field.kind is FieldKind.ATTRIBUTE and field.key in self._ids
        return f"'{self._ids[field.key](value) if is_id else value}'"

    def _model_field(self, field: Field) -> str:
        if field.kind is not FieldKind.ATTRIBUTE:
            return _name(field, self._text)
        if field.key not in _MODEL_ATTRIBUTES:
            raise _no_words(self._text, f"the attribute {field.key!r}")
        return field.key


def _name(field: Field, text: str) -> str:
    if field.statistic is not Statistic.LAST:
        raise _no_words(text, f"`{field.statistic.value}` of a metric's history")
    if field == Field(FieldKind.ATTRIBUTE, "notebook"):
        return f"tags.`{tags.NOTEBOOK}`"
    if field.kind is FieldKind.ATTRIBUTE and field.key not in _ATTRIBUTES:
        raise _no_words(text, f"the attribute {field.key!r}")
    if "`" in field.key:
        raise _no_words(text, "keys that hold a backtick")
    return f"attributes.{field.key}" if field.kind is FieldKind.ATTRIBUTE else f"{field.kind.value}.`{field.key}`"


def _no_words(text: str, what: str) -> InvalidFilter:
    return InvalidFilter(
        text,
        f"This MLflow server does not understand {what}. Ask it for more, and choose among what it gives.",
    )
