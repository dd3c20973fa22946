"""Completion of filters, and what words in place of a filter mean."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbtrack.errors import InvalidFilter
from nbtrack.store.filters import (
    Field,
    FieldKind,
    complete,
    field_text,
    filter_of,
    is_words,
    parse_filter,
    placed_fields,
)

KEYS = {
    FieldKind.METRIC: ["a b", "loss", "test_f1", "val.min", "we`ird"],
    FieldKind.PARAM: ["depth", "model"],
    FieldKind.TAG: ["mlflow.user", "stage"],
}


def offered(text: str) -> list[str]:
    found = complete(text, keys_of)
    return [text[: found.start] + option.text for option in found.options]


def keys_of(kind: FieldKind, _prefix: str) -> Sequence[str]:
    return KEYS[kind]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("m", ["metrics."]),
        ("sta", ["status", "start_time", "tags.stage"]),
        ("metrics.l", ["metrics.loss", "metrics.`val.min`"]),
        ("f1", ["metrics.test_f1"]),
        ("metrics.`a", ["metrics.`a b`", "metrics.`val.min`"]),
        ("metrics.loss.m", ["metrics.loss.min", "metrics.loss.max"]),
        ("attributes.sta", ["attributes.status", "attributes.start_time"]),
        ("datasets.", ["datasets.name", "datasets.digest", "datasets.context"]),
        ("tags.", ["tags.stage", "tags.mlflow.user"]),
        ("metrics.loss <", []),
        ("metrics.loss b", ["metrics.loss BETWEEN"]),
        ("params.model l", ["params.model LIKE"]),
        ("metrics.`a b` <", []),
        ("status = F", ["status = 'FINISHED'", "status = 'FAILED'"]),
        ("status = 'RU", ["status = 'RUNNING'"]),
        ("status in ('KILLED', 'FA", ["status in ('KILLED', 'FAILED'"]),
        ("age < 1", ["age < 10min", "age < 1h", "age < 1d"]),
        ("age < 1d a", ["age < 1d and"]),
        ("(age < 1d ", ["(age < 1d and", "(age < 1d or", "(age < 1d )"]),
        ("age < 1d and not dep", ["age < 1d and not params.depth"]),
        ("churn ", []),
        ("churn forest m", []),
        ("status = = ", []),
        ("params.`open", []),
    ],
)
def test_what_can_follow_is_offered(written: str, expected: list[str]) -> None:
    assert offered(written) == expected


def test_a_key_that_no_filter_can_name_is_not_offered() -> None:
    assert list(complete("metrics.", lambda *_: ['both ` and "']).options) == []


@given(st.text("metricsparlos.`'\"=<>!() and,1d\\", max_size=60))
def test_a_field_that_is_offered_can_stand_there(written: str) -> None:
    found = complete(written, keys_of)
    assert 0 <= found.start <= len(written)
    for option in found.options:
        if option.kind in ("metric", "param", "tag") and not option.text.endswith("."):
            text = written[: found.start] + option.text
            assert complete(text + " ", keys_of).options, text


@given(st.text(min_size=1))
def test_a_field_is_read_back_as_it_was_written(key: str) -> None:
    field = Field(FieldKind.METRIC, key)
    text = field_text(field)
    if text is not None and "\x00" not in text:
        assert [placed.field for placed in placed_fields(f"{text} < 1")] == [field]


@pytest.mark.parametrize(
    ("text", "wrong", "suggestion"),
    [
        ("status = FINISHED", "FINISHED", "'FINISHED'"),
        ("status in (FAILED)", "FAILED", "'FAILED'"),
        ("metrics.a == 1", "==", "="),
        ("metrics.a <> 1", "<>", "!="),
        ("metrics.a < 1 && metrics.b < 1", "&&", "and"),
        ("metrics.a < 1 || metrics.b < 1", "||", "or"),
        ("metrcs.a < 1", "metrcs", "metrics"),
        ("statsu = 'FAILED'", "statsu", "status"),
        ("attributes.statsu = 'FAILED'", "attributes.statsu", "attributes.status"),
        ("params.depth = 1", "1", "'1'"),
        ("metrics.a < '1'", "'1'", "1"),
        ("age < '2d'", "'2d'", "2d"),
        ("metrics.a < 'high'", "'high'", None),
        ("metrics.a", "", None),
        ("metrics.a <", "", None),
    ],
)
def test_a_mistake_is_pointed_at_and_what_was_meant_suggested(text: str, wrong: str, suggestion: str | None) -> None:
    with pytest.raises(InvalidFilter) as raised:
        parse_filter(text)
    error = raised.value
    assert error.position is not None
    assert (text[error.position : error.position + error.length], error.suggestion) == (wrong, suggestion)
    if suggestion is not None:
        parse_filter(text[: error.position] + suggestion + text[error.position + error.length :])


@pytest.mark.parametrize("text", ["churn", "Tuned forest", "churn (v2)", "it's", "named", "in the night", "not bad"])
def test_words_are_looked_for_in_names(text: str) -> None:
    assert is_words(text)
    parse_filter(filter_of(text))
    assert filter_of(text).count("run_name ILIKE") == len(text.split())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "metrics.loss",
        "params.",
        "not tags.x",
        "status",
        "age b",
        "status = ",
        "name like",
        "status is null",
        "`run name`",
        "a!",
    ],
)
def test_what_begins_as_a_filter_is_none_of_words(text: str) -> None:
    assert filter_of(text) == text
