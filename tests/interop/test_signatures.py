"""Signatures beside MLflow's: the same where MLflow finds one, read by MLflow, and fitting what they were read off."""

from __future__ import annotations

import datetime as dt
import decimal
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp
from mlflow.models import infer_signature as mlflow_infers
from mlflow.types import ParamSchema as MlflowParamSchema
from mlflow.types import Schema as MlflowSchema

from nbtrack.errors import InvalidInput
from nbtrack.models import enforce_schema, infer_schema, infer_signature

# MLflow warns of integers.
pytestmark = pytest.mark.filterwarnings("ignore")

DAY = dt.datetime(2026, 1, 1)  # noqa: DTZ001 - columns of days have no zone
GIVEN_UP = [{"type": "any", "required": True}]


def cells(*values: Any, dtype: Any = object) -> pd.DataFrame:
    return pd.DataFrame({"a": pd.Series(list(values), dtype=dtype)})


INTEGERS = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]
NUMPY = [*INTEGERS, "float16", "float32", "float64", "bool", "complex128"]
NULLABLE = ["Int8", "Int16", "Int32", "Int64", "UInt8", "UInt32", "UInt64", "Float32", "Float64", "boolean"]
ARROW = ["int64[pyarrow]", "double[pyarrow]", "bool[pyarrow]", "timestamp[us][pyarrow]"]

SAME: dict[str, Callable[[], Any]] = {
    **{dtype: lambda dtype=dtype: cells(1, 0, dtype=dtype) for dtype in [*NUMPY, *NULLABLE]},
    **{f"{dtype} with a gap": lambda dtype=dtype: cells(1, None, dtype=dtype) for dtype in NULLABLE},
    **{dtype: lambda dtype=dtype: cells(DAY if "time" in dtype else 1, dtype=dtype) for dtype in ARROW},
    "string": lambda: cells("x", None, dtype="string"),
    "string[pyarrow]": lambda: cells("x", dtype="string[pyarrow]"),
    "text": lambda: cells("x", "y", dtype=None),
    "categorical": lambda: cells("x", None, dtype="category"),
    "categorical of numbers": lambda: cells(1, 2, dtype="category"),
    "categorical of truths": lambda: cells(True, dtype="category"),
    "datetime": lambda: cells(DAY, None, dtype="datetime64[ns]"),
    "datetime with a zone": lambda: cells(DAY, dtype="datetime64[us, Europe/Berlin]"),
    "timedelta": lambda: cells(dt.timedelta(1), dtype="timedelta64[ns]"),
    "dates": lambda: cells(dt.date(2026, 1, 1)),
    "bytes": lambda: cells(b"x", None),
    "integers as objects": lambda: cells(1, 2),
    "truths as objects": lambda: cells(True, None),
    "reals as objects": lambda: cells(1.5, 1, None),
    "texts with NaN": lambda: cells("x", np.nan),
    "nothing": lambda: cells(None),
    "mixed": lambda: cells("x", 1),
    "decimals": lambda: cells(decimal.Decimal("1.5")),
    "lists": lambda: cells([1, 2], [3], None),
    "lists with a gap": lambda: cells([None, 1]),
    "an empty list among others": lambda: cells([], [3]),
    "empty lists": lambda: cells([]),
    "lists of lists": lambda: cells([[1.5]]),
    "lists of dicts": lambda: cells([{"x": 1}, {"y": "s"}]),
    "arrays": lambda: cells(np.ones(2, "float32"), np.ones(3, "float32")),
    "matrices": lambda: cells(np.ones((2, 2))),
    "lists that differ": lambda: cells([1], ["x"]),
    "dicts": lambda: cells({"x": 1, "y": "s"}, {"x": 2}),
    "dicts in dicts": lambda: cells({"x": {"y": [1]}}),
    "dicts with gaps": lambda: cells({"x": None}, {"x": 1}),
    "dicts of nothing": lambda: cells({"x": None}),
    "empty dicts": lambda: cells({}),
    "no rows": lambda: cells(dtype="int64"),
    "no columns": pd.DataFrame,
    "numbered columns": lambda: pd.DataFrame([[1, 2.5]]),
    "a series": lambda: pd.Series([1, 2]),
    "a named series": lambda: pd.Series(["x", None], name="q"),
    "an array": lambda: np.ones((2, 3, 4), "uint8"),
    "an array of texts": lambda: np.array(["ab"]),
    "an array of bytes": lambda: np.array([b"ab"]),
    "an array of objects": lambda: np.array(["ab", 1], dtype=object),
    "an array of days": lambda: np.array(["2026-01-01"], "M8[D]"),
    "a row of no array": lambda: np.array(1.5),
    "csr": lambda: sp.csr_matrix(np.eye(2)),
    "csc": lambda: sp.csc_matrix(np.eye(2, dtype="float32")),
    "coo": lambda: sp.coo_matrix(np.eye(2)),
    "a dict of arrays": lambda: {"x": np.ones((1, 2)), "y": np.array(["a"])},
    "a dict of arrays and scalars": lambda: {"x": np.ones(2), "y": 1},
    "a dict of scalars": lambda: {"a": 1, "b": "x", "c": 1.5, "d": True, "e": b"x", "f": DAY},
    "a dict of NumPy's scalars": lambda: {"a": np.float32(1), "b": np.int64(1), "c": np.str_("x"), "d": np.bool_(1)},
    "a dict of lists": lambda: {"a": [1, 2], "b": ["x"], "c": []},
    "a dict of dicts": lambda: {"a": {"b": [{"c": 1}]}, "d": None},
    "a list of integers": lambda: [1, 2],
    "a list of numbers": lambda: [1, 1.5],
    "a list of texts": lambda: ["a", None],
    "a list of lists": lambda: [[1, 2], [3]],
    "a list of dicts": lambda: [{"a": {"x": 1}}, {"a": {"x": 2, "y": [1]}, "b": "q"}],
    "a list of nothing": lambda: [None],
    "a list of what differs": lambda: [1, "a"],
    "a list of empty dicts": lambda: [{}],
    "an empty dict": dict,
    "an integer": lambda: 1,
    "a text": lambda: "x",
    "a moment": lambda: DAY,
    "a timestamp": lambda: pd.Timestamp(DAY),
    "a tuple": lambda: (1, 2),
    "a frame of polars": lambda: pl.DataFrame({"a": [1]}),
}

# What MLflow finds is another thing than what was given.
EXACT: dict[str, tuple[Callable[[], Any], Any]] = {
    "integers stay integers where one is missing": (
        lambda: cells(1, None),
        [{"type": "long", "name": "a", "required": False}],
    ),
    "a missing dict takes nothing from those that are there": (
        lambda: cells({"x": 1}, None),
        [{"type": "object", "properties": {"x": {"type": "long", "required": True}}, "name": "a", "required": False}],
    ),
    "a name that JSON makes a list of": (
        lambda: pd.DataFrame([[1]], columns=pd.MultiIndex.from_tuples([("a", "b")])),
        [{"type": "long", "name": "('a', 'b')", "required": True}],
    ),
    "an empty list says nothing": (list, GIVEN_UP),
}


@pytest.mark.parametrize("example", SAME.values(), ids=SAME)
def test_the_schema_is_mlflows_wherever_mlflow_finds_one(example: Callable[[], Any]) -> None:
    found = json.loads(infer_schema(example()).to_json())
    theirs = json.loads(mlflow_infers(example()).inputs.to_json())
    assert found == theirs or theirs == GIVEN_UP
    assert json.loads(MlflowSchema.from_json(json.dumps(found)).to_json()) == found


@pytest.mark.parametrize(("example", "wanted"), EXACT.values(), ids=EXACT)
def test_where_mlflow_is_inexact_the_schema_says_what_is_there(example: Callable[[], Any], wanted: Any) -> None:
    assert mlflow_infers(example()).inputs.to_dict() != wanted
    assert infer_schema(example()).to_dict() == wanted


@pytest.mark.parametrize("example", SAME.values(), ids=SAME)
def test_what_a_schema_was_read_off_fits_it(example: Callable[[], Any]) -> None:
    enforce_schema(example(), infer_schema(example()))


def test_one_column_without_a_type_takes_nothing_from_the_others() -> None:
    frame = pd.DataFrame({"n": [1], "when": [dt.time(1)]})
    assert mlflow_infers(frame).inputs.to_dict() == GIVEN_UP
    assert repr(infer_schema(frame)) == "['n': long (required), 'when': any (required)]"


PARAMS = {
    "i": 1,
    "f": 1.5,
    "s": "x",
    "b": True,
    "l": [1, 2],
    "ls": ["x"],
    "day": DAY,
    "np": np.float32(1),
    "array": np.array([1, 2]),
    "d": {"a": 1},
    "mixed": [1, 1.5],
}


def test_params_are_mlflows() -> None:
    ours, theirs = (infer([1], params=PARAMS).params for infer in (infer_signature, mlflow_infers))
    assert json.loads(ours.to_json()) == json.loads(theirs.to_json())
    assert MlflowParamSchema.from_json(ours.to_json()) == theirs


@pytest.mark.parametrize("value", [None, b"x", [[1]], [{"a": 1}], np.ones((2, 2))], ids=repr)
def test_params_that_mlflow_could_not_read_are_refused(value: Any) -> None:
    with pytest.raises(InvalidInput, match="Param 'p' has no type"):
        infer_signature([1], params={"p": value})


def test_frames_of_polars_lose_nothing() -> None:
    frame = pl.DataFrame(
        {
            "large": [2**60, None],
            "small": pl.Series([1, 2], dtype=pl.Int8),
            "on": [True, None],
            "when": pl.Series([DAY, DAY]).dt.replace_time_zone("Europe/Berlin"),
            "day": [DAY.date(), None],
            "kind": pl.Series(["x", "y"], dtype=pl.Categorical),
            "listed": [[1], [2, 3]],
            "record": [{"x": 1.5}, {"x": 2.5}],
            "real": [1.5, None],
        }
    )
    schema = infer_schema(frame)
    assert {spec.name: str(spec.type) for spec in schema} == {
        "large": "long",
        "small": "integer",
        "on": "boolean",
        "when": "datetime",
        "day": "datetime",
        "kind": "string",
        "listed": "Array(long)",
        "record": "{x: double}",
        "real": "double",
    }
    assert schema.optional_input_names() == ["large", "on", "day", "real"]
    fitted = enforce_schema(frame, schema)
    assert fitted["large"][0] == 2**60
    assert fitted["small"].dtype == "int32"
    assert fitted["when"][0] == DAY.replace(tzinfo=fitted["when"].dt.tz)
    assert fitted["record"][1] == {"x": 2.5}
