"""The language of searches: what is printed of a filter is the filter again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nbtrack.store.filters import (
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
)

keys = st.text(st.characters(codec="utf-8", exclude_characters="`\n"), min_size=1, max_size=12)
texts = st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=12)
numbers = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53), 2**53)
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
