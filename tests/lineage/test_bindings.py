from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbtrack.lineage import Seed, bindings_of


@pytest.mark.parametrize(
    ("source", "literals", "computed"),
    [
        ("a = 1", {"a"}, set()),
        ("a = -1.5e3", {"a"}, set()),
        ("a = 2 ** 10 * 3", {"a"}, set()),
        ("a = 'x'; b = None; c = True", {"a", "b", "c"}, set()),
        ("a = [1, (2, 3), {'k': {4}}]", {"a"}, set()),
        ("a = b = 1", {"a", "b"}, set()),
        ("a, b = 1, f()", {"a"}, {"b"}),
        ("a, (b, c) = 1, (2, x)", {"a", "b"}, {"c"}),
        ("a, b = pair", set(), {"a", "b"}),
        ("a, *rest = 1, 2, 3", set(), {"a", "rest"}),
        ("a: int = 1", {"a"}, set()),
        ("a: int", set(), {"a"}),
        ("a = f(1)", set(), {"a"}),
        ("a = x", set(), {"a"}),
        ("a = [x]", set(), {"a"}),
        ("a = f'{x}'", set(), {"a"}),
        ("a = lambda: 1", set(), {"a"}),
        ("a = 1\na += 1", set(), {"a"}),
        ("a = 1\na = f()", set(), {"a"}),
        ("a = f()\na = 1", {"a"}, set()),
        ("if x:\n    a = 1\nelse:\n    b = f()", set(), {"a", "b"}),
        ("for i in range(3):\n    loss = f(i)", set(), {"i", "loss"}),
        ("with open(x) as file:\n    text = file.read()", set(), {"file", "text"}),
        ("try:\n    a = f()\nexcept ValueError as error:\n    b = 1", set(), {"a", "b"}),
        ("def f():\n    inner = 1", set(), set()),
        ("class C:\n    inner = 1", set(), set()),
        ("squares = [n * n for n in x]", set(), {"squares"}),
        ("if (n := f()) > 1: pass", set(), {"n"}),
        ("[last := n for n in x]", set(), {"last"}),
        ("x.attribute = 1\nx['item'] = 2", set(), set()),
        ("import numpy as np", set(), set()),
        ("del a", set(), set()),
        ("result = await f()", set(), {"result"}),
        ("async for n in x:\n    a = n", set(), {"n", "a"}),
        ("größe = 1", {"größe"}, set()),
        ("match x:\n    case {'k': value}:\n        pass", set(), {"value"}),
        ("match x:\n    case [first, *others] | {'a': first, **others}: pass", set(), {"first", "others"}),
        ("start = time.time()\nend: float = perf_counter()", set(), set()),
        ("seconds = time.time() - start", set(), {"seconds"}),
        ("a = = 1", set(), set()),
        ("", set(), set()),
        ("a = '\\ud800'", {"a"}, set()),
    ],
)
def test_names_are_literal_or_computed(source: str, literals: set[str], computed: set[str]) -> None:
    found = bindings_of(source)
    assert set(found.literals) == literals
    assert set(found.computed) == computed


def test_names_have_the_line_that_binds_them_last() -> None:
    found = bindings_of("# tracked\na = 1\nb = f()\na = 2\n")
    assert (found.literals, found.computed) == ({"a": 4}, {"b": 3})


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("random.seed(1)", [Seed("random.seed", "1")]),
        ("np.random.default_rng(seed=SEED)", [Seed("np.random.default_rng", "SEED")]),
        ("torch.manual_seed(a + 1)", [Seed("torch.manual_seed", "a + 1")]),
        ("def f():\n    random.seed(2)", [Seed("random.seed", "2")]),
        ("np.random.default_rng()", []),
        ("seed = 1", []),
    ],
)
def test_seeding_calls_are_found(source: str, expected: list[Seed]) -> None:
    assert list(bindings_of(source).seeds) == expected


@given(st.text(max_size=200))
def test_any_text_has_bindings(source: str) -> None:
    bindings_of(source)
