from __future__ import annotations

import itertools
import json
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy.sparse import random_array

from nbtrack.data import describe_dataset
from nbtrack.data.profile import MAX_COLUMNS, QUANTILES

RNG = np.random.default_rng(7)
NUMBERS = [
    RNG.normal(size=1_000),
    RNG.normal(size=3),
    RNG.integers(-5, 3, 1_000),
    RNG.integers(0, 2**63, 500).astype("u8"),
    np.array([-(2**63), 2**63 - 1]),
    np.array([-1.7e308, 1.7e308]),
    np.zeros(5),
    np.array([1.5]),
    RNG.normal(size=500).astype("f4"),
    np.linspace(-60_000, 60_000, 40).astype("f2"),
]


def profile_of(value: object) -> dict[str, Any]:
    return json.loads(describe_dataset(value, name="d").profile)


def column_of(values: object, **options: Any) -> dict[str, Any]:
    (column,) = profile_of(pd.DataFrame({"a": pd.Series(values, **options)}))["columns"]
    return column


@pytest.mark.parametrize("values", NUMBERS, ids=lambda values: f"{values.dtype} {len(values)}")
def test_numbers_are_summed_up_as_numpy_does(values: np.ndarray) -> None:
    column = column_of(values)
    assert (column["kind"], column["count"], column["missing"]) == ("number", len(values), 0)
    assert (column["min"], column["max"]) == (values.min(), values.max())
    assert list(column["quantiles"]) == list(map(str, QUANTILES))
    edges, counts = column["histogram"]["edges"], column["histogram"]["counts"]
    assert sum(counts) == len(values) and len(counts) == len(edges) - 1 <= 20
    exact = values.astype("f8")
    if max(abs(exact)) < 1e300:
        assert list(column["quantiles"].values()) == pytest.approx(np.quantile(exact, QUANTILES), rel=1e-9)
        assert column["mean"] == pytest.approx(exact.mean())
        assert column["std"] == (pytest.approx(exact.std(ddof=1)) if len(exact) > 1 else None)
    if max(abs(exact)) < 2**53 and len(counts) > 1:
        assert counts == np.histogram(exact, edges)[0].tolist()
    if values.dtype.kind != "f":
        assert len({high - low for low, high in itertools.pairwise(edges)}) == 1


def test_what_is_no_number_is_counted_apart() -> None:
    column = column_of([1.0, np.nan, np.inf, -np.inf, 3.0])
    assert (column["count"], column["missing"], column["infinite"]) == (4, 1, 2)
    assert (column["min"], column["max"], column["mean"]) == (1, 3, 2)
    assert column_of([np.nan, np.nan]) == {
        "name": "a", "type": "float64", "kind": "number", "count": 0, "missing": 2,
    }  # fmt: skip


def test_times_have_a_histogram_in_iso_8601() -> None:
    days = pd.Series(pd.date_range("2024-01-01", periods=9, tz="Europe/Oslo").append(pd.DatetimeIndex([None])))
    column = column_of(days)
    assert (column["kind"], column["count"], column["missing"]) == ("time", 9, 1)
    assert column["min"] == "2023-12-31T23:00:00.000000"
    assert column["quantiles"]["0.5"] == "2024-01-04T23:00:00.000000"
    assert sum(column["histogram"]["counts"]) == 9
    assert column_of(pd.to_timedelta(["1min", "2min"]))["max"] == 120.0


def test_only_values_that_several_rows_share_are_named() -> None:
    cities = ["Oslo"] * 8 + ["Bergen"] * 5 + ["x" * 500] * 6 + [f"person {i}" for i in range(20)] + [None]
    for options in ({}, {"dtype": "category"}):
        column = column_of(cities, **options)
        assert (column["count"], column["missing"], column["distinct"], column["other"]) == (39, 1, 23, 20)
        assert column["top"] == [["Oslo", 8], ["x" * 59 + "…", 6], ["Bergen", 5]]
        assert "person" not in json.dumps(column)
    assert column_of(cities)["length"] == {
        "min": 4,
        "max": 500,
        "mean": pytest.approx(np.mean([*map(len, cities[:-1])])),
    }
    assert column_of([True, False, True])["top"] == [["true", 2], ["false", 1]]


def test_profiles_of_all_libraries_are_alike() -> None:
    pandas = pd.DataFrame({"x": NUMBERS[0], "t": ["a", "b"] * 500})
    polars = pl.DataFrame({"x": NUMBERS[0], "t": ["a", "b"] * 500})
    ours, theirs = profile_of(pandas)["columns"], profile_of(polars)["columns"]
    assert [column | {"type": ""} for column in ours] == [column | {"type": ""} for column in theirs]


def test_large_data_is_profiled_by_a_sample_that_says_so() -> None:
    hours = np.tile(np.arange(24), 10_000)
    profile = profile_of(pd.DataFrame({"hour": hours}))
    assert (profile["num_rows"], profile["num_elements"], profile["profiled_rows"]) == (240_000, 240_000, 10_000)
    # What recurs every 24 rows would be missed by every 24th row.
    assert profile["columns"][0]["mean"] == pytest.approx(11.5, abs=0.3)
    assert profile["columns"][0]["count"] == 10_000


@pytest.mark.parametrize(
    "value",
    [
        pd.DataFrame(RNG.normal(size=(50, 500)), columns=[f"{'long' * 200} {i}" for i in range(500)]),
        pd.DataFrame({f"c{i}": ["x" * 10_000] * 6 for i in range(500)}),
        RNG.normal(size=(20, 3_000)),
    ],
    ids=["numbers", "texts", "array"],
)
def test_a_profile_of_much_is_bounded(value: Any) -> None:
    described = describe_dataset(value, name="wide")
    profile = json.loads(described.profile)
    assert len(described.profile) < 300_000
    assert len(profile["columns"]) + profile["columns_left_out"] == value.shape[1]
    assert len(profile["columns"]) == MAX_COLUMNS


def test_arrays_are_profiled_by_column_or_as_a_whole() -> None:
    names = [column["name"] for column in profile_of(np.zeros((4, 2)))["columns"]]
    assert names == ["0", "1"]
    arrays = profile_of({"image": np.zeros((4, 2, 2)), "label": np.zeros((4, 1))})
    assert [(column["name"], column["count"]) for column in arrays["columns"]] == [("image", 16), ("label.0", 4)]
    sparse = profile_of(random_array((50, 20), density=0.1, rng=RNG, format="csr"))
    assert (sparse["shape"], sparse["columns"][0]["count"]) == ([50, 20], 100)


@pytest.mark.parametrize(
    "value",
    [
        pd.DataFrame(),
        pd.DataFrame({"a": []}),
        np.zeros((0, 3)),
        np.zeros((3, 0)),
        pl.DataFrame(),
        pd.Series([], dtype=str),
    ],
    ids=lambda value: f"{type(value).__name__}{value.shape}",
)
def test_empty_data_has_a_profile(value: Any) -> None:
    assert profile_of(value)["num_rows"] == value.shape[0]
