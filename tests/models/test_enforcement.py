from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix

from nbtrack.errors import SignatureMismatch
from nbtrack.models import Array, ColSpec, Object, Property, Schema, TensorSpec, enforce_schema


def column(kind: Any, values: Any, dtype: Any = None, required: bool = True) -> pd.Series:
    frame = pd.DataFrame({"a": pd.Series(values, dtype=dtype)})
    return enforce_schema(frame, Schema([ColSpec(kind, "a", required)]))["a"]


@pytest.mark.parametrize(
    ("kind", "values", "dtype", "becomes"),
    [
        ("long", [1, 2], "int64", "int64"),
        ("long", [1, 2], "int8", "int64"),
        ("long", [1, 2], "uint32", "int64"),
        ("long", [1, 2], object, "int64"),
        ("integer", [1, 2], "int64", "int32"),
        ("double", [1, 2], "int64", "float64"),
        ("double", [1, None], "Int64", "float64"),
        ("double", [0.5], "float32", "float64"),
        ("double", [1, 0.5], object, "float64"),
        ("double", [None, None], object, "float64"),
        ("float", [0.5], "float64", "float32"),
        ("boolean", [True, False], "bool", "bool"),
        ("datetime", [pd.Timestamp("2026-01-02")], None, None),
        ("string", ["a", None], object, None),
        ("string", ["a", "b"], "category", "category"),
        ("binary", [b"a"], object, None),
        ("any", [1, "a"], object, None),
        (Array("long"), [[1, 2], [3]], object, None),
        (Object([Property("k", "string"), Property("o", "long", required=False)]), [{"k": "v"}], object, None),
    ],
)
def test_values_are_kept_and_types_widened(kind: Any, values: Any, dtype: Any, becomes: str | None) -> None:
    made = column(kind, values, dtype)
    assert becomes is None or made.dtype == becomes
    for before, after in zip(values, made, strict=True):
        assert (pd.isna(after) if before is None else after == before) is not False


@pytest.mark.parametrize(
    ("kind", "values", "dtype", "found"),
    [
        ("long", [1.5], "float64", "double"),
        ("long", [2.0], "float64", "double"),
        ("long", [1, None], "float64", "missing values"),
        ("long", [True], "bool", "boolean"),
        ("long", ["1"], object, "string"),
        ("long", [2**70], object, "long"),
        ("long", [2**63], "uint64", "64 bits"),
        ("integer", [2**31], "int64", "32 bits"),
        ("double", [2**53 + 1], "int64", "exactly"),
        ("double", [True], "bool", "boolean"),
        ("double", ["x"], object, "string"),
        ("float", [0.1], "float64", "double"),
        ("boolean", [1], "int64", "integer"),
        ("boolean", [True, None], object, "missing values"),
        ("string", [1], "int64", "integer"),
        ("string", ["a", 1], object, "long and string"),
        ("datetime", ["2026-01-01"], object, "string"),
        ("binary", ["a"], object, "string"),
        (Array("long"), [["a"]], object, "Array(string)"),
        (Object([Property("k", "string")]), [{"other": "v"}], object, "other"),
    ],
)
def test_what_would_lose_something_is_refused_by_column_type_and_find(
    kind: Any, values: Any, dtype: Any, found: str
) -> None:
    with pytest.raises(SignatureMismatch) as refused:
        column(kind, values, dtype)
    assert "Column 'a' must be" in str(refused.value)
    assert found in str(refused.value)


def test_an_optional_integer_column_may_have_missing_values() -> None:
    made = column("long", [1, None], "float64", required=False)
    assert made.dtype == "Int64"


def test_an_optional_column_may_be_missing_and_a_required_one_not() -> None:
    schema = Schema([ColSpec("long", "a"), ColSpec("long", "b", required=False)])
    assert list(enforce_schema(pd.DataFrame({"a": [1]}), schema).columns) == ["a"]
    with pytest.raises(SignatureMismatch, match=r"\['a'\]"):
        enforce_schema(pd.DataFrame({"b": [1]}), schema)


TWO = Schema([ColSpec("double", "a"), ColSpec("double", "b")])


@pytest.mark.parametrize(
    "given",
    [
        pd.DataFrame({"b": [2.0], "extra": ["x"], "a": [1.0]}),
        {"a": 1.0, "b": 2.0},
        {"a": [1.0], "b": [2.0]},
        [{"b": 2, "a": 1}],
        np.array([[1.0, 2.0]]),
        [[1.0, 2.0]],
        csr_matrix([[1.0, 2.0]]),
    ],
    ids=lambda given: type(given).__name__,
)
def test_every_shape_of_rows_becomes_the_frame_of_the_signature(given: Any) -> None:
    pd.testing.assert_frame_equal(enforce_schema(given, TWO), pd.DataFrame({"a": [1.0], "b": [2.0]}))


def test_an_array_of_another_width_is_refused() -> None:
    with pytest.raises(SignatureMismatch, match="wants 2 columns"):
        enforce_schema(np.ones((1, 3)), TWO)


def test_a_frame_that_fits_is_not_copied() -> None:
    frame = pd.DataFrame({"a": [1.0], "b": [2.0]})
    assert enforce_schema(frame, TWO) is frame


def test_tensors_are_checked_in_shape_and_dtype() -> None:
    schema = Schema([TensorSpec(np.dtype("float64"), (-1, 2))])
    assert enforce_schema([[1, 2]], schema).dtype == "float64"
    assert enforce_schema(pd.DataFrame([[1.0, 2.0]]), schema).shape == (1, 2)
    for given, says in (([1, 2], "shape"), ([["a", "b"]], "must be float64"), (np.array([[True, False]]), "bool")):
        with pytest.raises(SignatureMismatch, match=says):
            enforce_schema(given, schema)
