from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy.sparse import coo_matrix, csr_matrix

from nbtrack.data import describe_dataset, is_dataset

FRAME = pd.DataFrame({"n": [1, 2], "x": [0.5, np.nan], "t": ["a", None], "d": pd.to_datetime(["2024-01-01", None])})
KINDS = [
    FRAME,
    FRAME["t"],
    FRAME.astype({"t": "category"}),
    pd.DataFrame(np.zeros((2, 2)), columns=["a", "a"]),
    pd.DataFrame({0: [1], ("b", 1): [2]}),
    pd.DataFrame(),
    pd.DataFrame({"tz": pd.date_range("2024", periods=2, tz="UTC"), "i": pd.array([1, None], "Int64")}),
    np.zeros((3, 2)),
    np.arange(3),
    np.array(["a", None], object),
    np.array(["a", "b"]),
    np.array(["2024-01-01"], "datetime64[D]"),
    np.zeros((2, 0)),
    np.zeros((4, 4))[::2, ::2],
    csr_matrix(np.eye(3)),
    coo_matrix(np.eye(3)),
]


@pytest.mark.parametrize("value", KINDS, ids=lambda value: f"{type(value).__name__}{value.shape}")
def test_data_of_every_kind_has_a_digest_of_its_content(value) -> None:
    assert is_dataset(value)
    found = describe_dataset(value, name="d")
    assert found.shape == value.shape
    assert found.digest == describe_dataset(value.copy(), name="other").digest


def test_other_content_has_another_digest() -> None:
    changed = FRAME.copy()
    changed.loc[0, "x"] = 0.25
    renamed = FRAME.rename(columns={"n": "m"})
    digests = {describe_dataset(value, name="d").digest for value in (FRAME, changed, renamed, FRAME[["n"]])}
    assert len(digests) == 4


@pytest.mark.parametrize("value", [None, 1, "x", [1, 2], {"a": 1}, np.float64(1), np.array(1.0)])
def test_what_is_no_dataset_is_told_apart(value) -> None:
    assert not is_dataset(value)


ODD = {
    "128 bits": pl.DataFrame({"a": pl.Series([1, None], dtype=pl.Int128)}),
    "decimals": pl.DataFrame({"a": [Decimal("1.5"), None]}),
    "nothing but nulls": pl.DataFrame({"a": [None, None]}),
    "polars' categories": pl.DataFrame({"a": pl.Series(["b", None], dtype=pl.Categorical)}),
    "polars' objects": pl.DataFrame({"a": pl.Series([object()], dtype=pl.Object)}),
    "pyarrow's types in pandas": FRAME.convert_dtypes(dtype_backend="pyarrow"),
    "pyarrow's dictionaries": pa.table({"a": pa.array(["a", None]).dictionary_encode(), "n": pa.nulls(2)}),
    "pyarrow's half numbers": pa.table({"h": pa.array([1.5, None], pa.float16()), "b": pa.array([True, None])}),
    "records": np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]),
    "a matrix": np.eye(2).view(np.matrix),
    "complex numbers": np.ones(3, complex),
    "half numbers": np.full((3, 2), 6e4, np.float16),
    "long numbers": np.array([np.longdouble("1e4000"), 1]),
    "masked numbers": np.ma.array([[1.0, 2.0]], mask=[[True, False]]),
    "masked days": np.ma.array(np.array(["2024-01-01"], "M8[D]"), mask=[True]),
    "years": np.array(["2024", "NaT"], "M8[Y]"),
    "several headings": pd.DataFrame([[1]], columns=pd.MultiIndex.from_tuples([("a", 1)])),
    "intervals": pd.DataFrame({"a": pd.cut([1, 2, 3], 2)}),
    "periods": pd.DataFrame({"a": pd.period_range("2024", periods=2, freq="M")}),
    "half a surrogate pair": pd.DataFrame({"a": pd.Series(["\ud800"] * 6, dtype=object)}),
    "a mixture": pd.DataFrame({"a": [1, "a", None, float("nan"), pd.NA, pd.NaT]}),
}


@pytest.mark.parametrize("value", ODD.values(), ids=ODD)
def test_what_is_odd_can_be_described(value: Any) -> None:
    found = describe_dataset(value, name="odd")
    assert found.shape == value.shape
    assert json.loads(found.profile)["num_rows"] == value.shape[0]
