from __future__ import annotations

import datetime as dt
import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix

from nbtrack.errors import InvalidInput
from nbtrack.models import ColSpec, ModelSignature, ParamSchema, Schema, TensorSpec, infer_schema, infer_signature


@pytest.mark.parametrize(
    ("example", "wanted"),
    [
        (pd.DataFrame({"a": [1]}), [{"type": "long", "name": "a", "required": True}]),
        (pd.DataFrame({"a": [1.0, np.nan]}), [{"type": "double", "name": "a", "required": False}]),
        (pd.DataFrame({"a": np.array([1], "int8")}), [{"type": "integer", "name": "a", "required": True}]),
        (pd.DataFrame({"a": np.array([1], "uint64")}), [{"type": "any", "name": "a", "required": True}]),
        (pd.DataFrame({"a": pd.Categorical(["u"])}), [{"type": "string", "name": "a", "required": True}]),
        (pd.DataFrame({"a": [b"x"]}), [{"type": "binary", "name": "a", "required": True}]),
        (pd.DataFrame({"a": [dt.date(2026, 1, 1)]}), [{"type": "datetime", "name": "a", "required": True}]),
        (pd.DataFrame({"a": [None]}), [{"type": "any", "name": "a", "required": False}]),
        (pd.DataFrame({0: [True]}), [{"type": "boolean", "name": 0, "required": True}]),
        (pd.Series([1], name="z"), [{"type": "long", "name": "z", "required": True}]),
        ([1], [{"type": "long", "required": True}]),
        ("x", [{"type": "string", "required": True}]),
        ([[1, 2]], [{"type": "array", "items": {"type": "long"}, "required": True}]),
        ({"a": 1}, [{"type": "long", "name": "a", "required": True}]),
        (
            [{"a": 1}, {"a": 2, "b": "q"}],
            [{"type": "long", "name": "a", "required": True}, {"type": "string", "name": "b", "required": False}],
        ),
        (np.ones((2, 4)), [{"type": "tensor", "tensor-spec": {"dtype": "float64", "shape": [-1, 4]}}]),
        (csr_matrix(np.eye(3)), [{"type": "tensor", "tensor-spec": {"dtype": "float64", "shape": [-1, 3]}}]),
        (np.array(["ab"]), [{"type": "tensor", "tensor-spec": {"dtype": "str", "shape": [-1]}}]),
    ],
)
def test_schemas_say_what_mlflow_says_and_come_back_from_their_json(example: Any, wanted: Any) -> None:
    schema = infer_schema(example)
    assert json.loads(schema.to_json()) == wanted
    assert Schema.from_json(schema.to_json()) == schema


def test_params_keep_defaults_types_and_shapes() -> None:
    signature = infer_signature([1], params={"t": np.float32(0.5), "k": [1, 2], "on": True})
    assert signature.params is not None
    assert json.loads(signature.params.to_json()) == [
        {"name": "t", "default": 0.5, "shape": None, "type": "float"},
        {"name": "k", "default": [1, 2], "shape": [-1], "type": "long"},
        {"name": "on", "default": True, "shape": None, "type": "boolean"},
    ]
    assert ParamSchema.from_json(signature.params.to_json()) == signature.params
    assert ModelSignature.from_dict(signature.to_dict()) == signature


@pytest.mark.parametrize("value", [None, [1, "a"], b"x"])
def test_a_param_without_a_type_is_named(value: Any) -> None:
    with pytest.raises(InvalidInput, match="'bad'"):
        infer_signature([1], params={"bad": value})


def test_a_signature_of_nothing_and_a_mixed_schema_are_refused() -> None:
    with pytest.raises(InvalidInput):
        infer_signature()
    with pytest.raises(InvalidInput, match="not both"):
        Schema([ColSpec("long"), TensorSpec(np.dtype("int64"), (-1,))])
    with pytest.raises(InvalidInput, match="repeats a name"):
        Schema([ColSpec("long", "a"), ColSpec("long", "a")])
    with pytest.raises(InvalidInput, match="No column type 'decimal'"):
        ColSpec("decimal")
