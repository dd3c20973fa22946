from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy.sparse import coo_matrix, csc_matrix, csr_matrix

from nbtrack.data import describe_dataset

NUMBERS = np.random.default_rng(0).random((40, 3))
TEXTS = ["Zürich", None, "", "Oslo"]
TIMES = pd.to_datetime(["2024-01-01 12:00", None, "1969-07-20 20:17"]).as_unit("us")


def digest(value: object) -> str:
    return describe_dataset(value, name="d").digest


def of_one_column(values: object, **options: object) -> pd.DataFrame:
    return pd.DataFrame({"a": pd.Series(values, **options)})


SAME = {
    "memory layout": (NUMBERS, np.asfortranarray(NUMBERS)),
    "a view": (NUMBERS[::2, ::2], NUMBERS[::2, ::2].copy()),
    "byte order": (NUMBERS, NUMBERS.astype(">f8")),
    "which NaN": (np.array([np.nan, 1]), np.array([np.uint64(0xFFF8000000000001).view(np.float64), 1])),
    "texts as objects": (of_one_column(TEXTS), of_one_column(TEXTS, dtype=object)),
    "texts of pandas and polars": (of_one_column(TEXTS), pl.DataFrame({"a": TEXTS})),
    "texts of pandas and pyarrow": (of_one_column(TEXTS), pa.table({"a": TEXTS})),
    "a slice of pyarrow": (pa.table({"a": TEXTS[1:]}), pa.table({"a": TEXTS}).slice(1)),
    "chunks of pyarrow": (pa.table({"a": TEXTS * 2}), pa.concat_tables([pa.table({"a": TEXTS})] * 2)),
    "whole numbers that lack some": (
        of_one_column([1, None], dtype="Int64"),
        pl.DataFrame({"a": [1, None]}),
        pa.table({"a": [1, None]}),
    ),
    "numbers that lack some": tuple(
        library({"a": [0.5, None], "b": [True, None]}) for library in (pl.DataFrame, pa.table)
    ),
    "numbers": (of_one_column(NUMBERS[0]), pl.DataFrame({"a": NUMBERS[0]}), pa.table({"a": NUMBERS[0]})),
    "times": (of_one_column(TIMES), pl.DataFrame({"a": TIMES.to_numpy()}), pa.table({"a": TIMES})),
    "days": tuple(library({"a": [dt.date(2024, 1, 1), None]}) for library in (pl.DataFrame, pa.table)),
    "the index that filtering leaves": (of_one_column([1, 2, 3])[1:], of_one_column([2, 3])),
    "how a matrix is sparse": (
        csr_matrix(np.eye(3)),
        csc_matrix(np.eye(3)),
        coo_matrix(([0.5, 0.5, 1, 1, 0], ([0, 0, 1, 2, 2], [0, 0, 1, 2, 0])), (3, 3)),
    ),
    "the order of a set": (of_one_column([{"a", "b", "c"}]), of_one_column([{"c", "b", "a"}])),
    "the order of a dict": (of_one_column([{"a": 1, "b": 2}]), of_one_column([{"b": 2, "a": 1}])),
}

DIFFERENT = {
    "a value": (NUMBERS, NUMBERS + 1e-9),
    "the order of rows": (NUMBERS, NUMBERS[::-1]),
    "the order of columns": (pd.DataFrame({"a": [1], "b": [1]}), pd.DataFrame({"b": [1], "a": [1]})),
    "a column's name": (pd.DataFrame({"a": [1]}), pd.DataFrame({"b": [1]}), pd.Series([1], name="a")),
    "a name's type": (pd.DataFrame({"1": [1]}), pd.DataFrame({1: [1]})),
    "the dtype": tuple(np.zeros(4, dtype) for dtype in ("f4", "f8", "i4", "u4", "bool", "M8[s]", "m8[s]", "M8[us]")),
    "the shape": (np.zeros(4), np.zeros((2, 2)), np.zeros((4, 1))),
    "what is missing": (
        of_one_column(["", "a"]),
        of_one_column([None, "a"]),
        of_one_column(["a", None]),
        of_one_column([None, None]),
    ),
    "what is masked": tuple(np.ma.array([1, 2], mask=mask) for mask in ([0, 0], [0, 1], [1, 0])),
    "where a text ends": (of_one_column(["ab", "c"]), of_one_column(["a", "bc"])),
    "a zero that is missing": (of_one_column([0, 1], dtype="Int64"), of_one_column([None, 1], dtype="Int64")),
    "an index of dates": (
        pd.DataFrame({"a": [1]}, index=pd.to_datetime(["2024"])),
        pd.DataFrame({"a": [1]}, index=pd.to_datetime(["2025"])),
        pd.DataFrame({"a": [1]}),
    ),
    "the zone": tuple(of_one_column(TIMES.tz_localize(zone)) for zone in (None, "UTC")),
    "texts and categories": (of_one_column(["a", "b"]), of_one_column(["a", "b"], dtype="category")),
    "the order of categories": tuple(
        of_one_column(pd.Categorical(["a"], ["a", "b"], ordered=is_ordered)) for is_ordered in (True, False)
    ),
    "objects": tuple(
        of_one_column([each], dtype=object) for each in (1, 1.0, True, Decimal(1), b"1", (1,), {"1": 1}, dt.date.min)
    ),
    "where a matrix is not zero": (csr_matrix(np.eye(3)), csr_matrix(np.eye(3)[::-1])),
    "names of arrays": ({"a": np.zeros(2)}, {"b": np.zeros(2)}, np.zeros(2)),
}


@pytest.mark.parametrize("values", SAME.values(), ids=SAME)
def test_equal_content_has_one_digest_whatever_holds_it(values: tuple[object, ...]) -> None:
    assert len(set(map(digest, values))) == 1


@pytest.mark.parametrize("values", DIFFERENT.values(), ids=DIFFERENT)
def test_other_content_has_another_digest(values: tuple[object, ...]) -> None:
    assert len(set(map(digest, values))) == len(values)


# The datasets of all stores are known by these: who changes them makes new ones of the same content.
KNOWN = {
    "np.arange(6.0).reshape(2, 3)": "39e7017f9c55fddf",
    "pd.DataFrame({'n': [1, 2], 't': ['a', None], 'c': pd.Categorical(['x', 'y'])})": "d7dfea1ec23679c6",
    "pd.DataFrame({'o': [{'b', 'a'}, {'k': np.float64(0.5)}, object(), None]})": "30ca7871b6067156",
}


@pytest.mark.parametrize("seed", ["1", "2"])
def test_digests_are_the_same_in_every_process(seed: str) -> None:
    source = (
        "import numpy as np, pandas as pd; from nbtrack.data import describe_dataset\n"
        f"for source in {list(KNOWN)!r}: print(describe_dataset(eval(source), name='').digest)"
    )
    environment = os.environ | {"PYTHONHASHSEED": seed}
    answer = subprocess.run([sys.executable, "-c", source], env=environment, capture_output=True, check=True)
    assert answer.stdout.decode().split() == list(KNOWN.values())


@pytest.mark.parametrize(
    "value",
    [
        np.arange(300.0),
        pd.DataFrame({"text": ["a"] * 300}),
        pl.DataFrame({"text": ["a"] * 300}),
        pl.Series("number", range(300)),
        pa.table({"text": pa.array(["a"] * 300, pa.string_view())}),
        csr_matrix(np.eye(300)),
        {"a": np.zeros(300)},
    ],
    ids=["array", "pandas", "polars", "series", "pyarrow", "sparse", "arrays"],
)
def test_what_is_too_large_is_told_by_a_sample_and_says_so(value: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nbtrack.data.digest.MAX_WEIGHT", 1_000)
    described = describe_dataset(value, name="large")
    assert described.digest.startswith("~")
    assert 0 < json.loads(described.profile)["digest_rows"] < 300


def test_a_list_that_holds_itself_has_a_digest() -> None:
    endless: list[object] = []
    endless.append(endless)
    assert digest(of_one_column([endless])) == digest(of_one_column([endless]))
