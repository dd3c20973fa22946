"""The language of searches: what is printed of a filter is the filter again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbtrack.errors import InvalidFilter
from nbtrack.store.filters import (
    EXPERIMENT_FIELDS,
    LOGGED_MODEL_FIELDS,
    MODEL_VERSION_FIELDS,
    REGISTERED_MODEL_FIELDS,
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
    parse_filter,
    parse_order_by,
)

keys = st.text(st.characters(codec="utf-8", exclude_characters="`\n\0"), min_size=1, max_size=12)
texts = st.text(st.characters(codec="utf-8", exclude_characters="\n\0"), max_size=12)
numbers = st.floats(allow_nan=False) | st.integers(-(2**53), 2**53)
metrics = st.builds(Field, st.just(FieldKind.METRIC), keys, st.sampled_from(Statistic))
names = st.builds(Field, st.sampled_from([FieldKind.PARAM, FieldKind.TAG]), keys) | st.builds(
    Field, st.just(FieldKind.ATTRIBUTE), st.sampled_from(["run_name", "status", "user_id"])
)
of_numbers = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
of_texts = st.sampled_from(["=", "!=", "LIKE", "ILIKE"])
leaves = (
    st.builds(Comparison, metrics, of_numbers, numbers)
    | st.builds(Comparison, names, of_texts, texts)
    | st.builds(Membership, names, st.lists(texts, min_size=1, max_size=3).map(tuple), st.booleans())
    | st.builds(Membership, metrics, st.lists(numbers, min_size=1, max_size=3).map(tuple), st.booleans())
    | st.builds(Presence, metrics | names, st.booleans())
)


def several(inner: st.SearchStrategy[Filter]) -> st.SearchStrategy[tuple[Filter, ...]]:
    return st.lists(inner, min_size=2, max_size=3).map(tuple)


filters: st.SearchStrategy[Filter] = st.recursive(
    leaves,
    lambda inner: st.builds(And, several(inner)) | st.builds(Or, several(inner)) | st.builds(Not, inner),
    max_leaves=8,
)


@given(filters)
def test_a_filter_that_is_printed_and_parsed_is_the_same(filter_: Filter) -> None:
    whole = filter_ if isinstance(filter_, And) else And((filter_,))
    assert parse_filter(str(filter_)) == whole


@pytest.mark.parametrize(
    ("fields", "text", "order_by"),
    [
        (
            EXPERIMENT_FIELDS,
            "name LIKE 'w%' and tags.`a b` = 'x' and attribute.creation_time > 5",
            "last_update_time",
        ),
        (EXPERIMENT_FIELDS, "experiment.experiment_id IN ('1', '2')", "name DESC"),
        (REGISTERED_MODEL_FIELDS, "name ILIKE '%wine%' and tag.team != 'red'", "timestamp DESC"),
        (MODEL_VERSION_FIELDS, "name = 'wine' and run_id IN ('a') and source_path = 'x'", "version_number DESC"),
        (LOGGED_MODEL_FIELDS, "metrics.acc > 0.9 and params.depth = '3' and status = 'READY'", "metrics.acc DESC"),
    ],
)
def test_every_kind_of_thing_has_its_fields(fields, text: str, order_by: str) -> None:
    assert parse_filter(text, fields).terms
    assert parse_order_by(order_by, fields).field.key


@pytest.mark.parametrize(
    ("fields", "text", "hint"),
    [
        (EXPERIMENT_FIELDS, "metrics.rmse < 1", r"fields of experiments are tags.KEY, attributes.NAME"),
        (EXPERIMENT_FIELDS, "creaton_time < 1", "did you mean creation_time"),
        (MODEL_VERSION_FIELDS, "version_number = '1'", "is a number"),
        (REGISTERED_MODEL_FIELDS, "creation_timestamp > 2d", "registered models have none"),
    ],
)
def test_fields_of_other_things_are_refused_in_words(fields, text: str, hint: str) -> None:
    with pytest.raises(InvalidFilter, match=hint):
        parse_filter(text, fields)


def test_a_long_number_is_read_without_going_back_and_forth() -> None:
    # With two ways to read each digit, ten seconds would not do; pytest's own limit of time ends that.
    for _ in range(20):
        parse_filter("metrics.a < " + "9" * 19_000)
