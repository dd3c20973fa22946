from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nbtrack.errors import SignatureMismatch
from nbtrack.flavors import PythonModel, TypeFromExample, load_pyfunc, save_model
from nbtrack.flavors.type_hints import checked
from nbtrack.models import Model, infer_signature

pydantic = pytest.importorskip("pydantic")
_NOON = dt.datetime(2026, 1, 1, 12, tzinfo=dt.timezone.utc)


@pytest.fixture(autouse=True)
def own_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBTRACK_KEY_DIR", str(tmp_path / "key"))


class Shouted(PythonModel):
    def predict(self, model_input: list[str]) -> list[str]:  # type: ignore[override]
        return [item.upper() for item in model_input]


def total(model_input: list[dict[str, int]]) -> list[int]:
    return [sum(row.values()) for row in model_input]


class Message(pydantic.BaseModel):
    role: str
    count: int | None = None


class Roles(PythonModel):
    def predict(self, context: Any, model_input: list[Message], params: Any = None) -> list[str]:
        return [f"{message.role}{message.count or ''}" for message in model_input]


class Framed(PythonModel):
    def predict(self, context: Any, model_input: pd.DataFrame) -> pd.Series:
        return model_input.sum(axis=1)


@pytest.mark.parametrize(
    ("model", "inputs", "outputs"),
    [
        (Shouted(), "[string (required)]", "[string (required)]"),
        (total, "[Map(str -> long) (required)]", "[long (required)]"),
        (Roles(), "[{role: string, count: long (optional)} (required)]", "[string (required)]"),
    ],
)
def test_hints_are_the_signature(model: Any, inputs: str, outputs: str, tmp_path: Path) -> None:
    save_model(model, tmp_path / "m")
    document = Model.load(tmp_path / "m")
    assert (repr(document.get_input_schema()), repr(document.get_output_schema())) == (inputs, outputs)
    assert document.extra["is_signature_from_type_hint"] is True
    assert document.extra["type_hint_from_example"] is False


def test_data_is_checked_by_the_hints(tmp_path: Path) -> None:
    save_model(Shouted(), tmp_path / "m")
    predict = load_pyfunc(tmp_path / "m").predict
    for given in (["a", "b"], ("a", "b"), np.array(["a", "b"]), pd.Series(["a", "b"]), pd.DataFrame({"x": ["a", "b"]})):
        assert predict(given) == ["A", "B"]
    with pytest.raises(SignatureMismatch, match=r"takes list\[str\]. item 1: must be str and is int \(7\)"):
        predict(["a", 7])
    with pytest.raises(SignatureMismatch, match="a list of str, and this is a str"):
        predict("a")
    with pytest.raises(SignatureMismatch, match="a DataFrame of 2 columns is none"):
        predict(pd.DataFrame({"x": ["a"], "y": ["b"]}))
    with pytest.raises(SignatureMismatch, match="item 0"):
        Shouted().predict([None])  # type: ignore[list-item]


def test_dicts_become_the_pydantic_models_that_the_hint_names(tmp_path: Path) -> None:
    save_model(Roles(), tmp_path / "m")
    predict = load_pyfunc(tmp_path / "m").predict
    assert predict([{"role": "user", "count": 2}, Message(role="system")]) == ["user2", "system"]
    assert predict(pd.DataFrame({"role": ["user", "bot"], "count": [1, None]})) == ["user1", "bot"]
    with pytest.raises(SignatureMismatch, match="item 1: role of Message: Field required"):
        predict([{"role": "user"}, {"count": 1}])


def test_functions_are_checked_too(tmp_path: Path) -> None:
    save_model(total, tmp_path / "m")
    predict = load_pyfunc(tmp_path / "m").predict
    assert predict([{"a": 1, "b": 2}]) == [3]
    assert predict(pd.DataFrame({"a": [1], "b": [2]})) == [3]
    with pytest.raises(SignatureMismatch, match="must be int and is str"):
        predict([{"a": "1"}])


def test_a_frame_as_a_hint_leaves_the_signature_to_the_example(tmp_path: Path) -> None:
    save_model(Framed(), tmp_path / "m", input_example=pd.DataFrame({"a": [1.0], "b": [2.0]}))
    document = Model.load(tmp_path / "m")
    assert document.extra["is_signature_from_type_hint"] is False
    assert repr(document.get_input_schema()) == "['a': double (required), 'b': double (required)]"
    assert repr(document.get_output_schema()) == "[double (required)]"
    assert load_pyfunc(tmp_path / "m").predict(pd.DataFrame({"a": [1], "b": [2]})).tolist() == [3.0]


def test_a_type_from_the_example_is_told_in_the_document(tmp_path: Path) -> None:
    class Echo(PythonModel):
        def predict(self, model_input: TypeFromExample) -> Any:  # type: ignore[override,valid-type]
            assert isinstance(model_input, list)
            return model_input

    save_model(Echo(), tmp_path / "m", input_example=["a"])
    document = Model.load(tmp_path / "m")
    assert document.extra["type_hint_from_example"] is True
    assert load_pyfunc(tmp_path / "m").predict(["b"]) == ["b"]
    assert load_pyfunc(tmp_path / "m").predict(pd.DataFrame({"x": ["b"]})) == ["b"]


def test_hints_win_over_a_signature_and_leave_its_params(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="type hints of predict"):
        save_model(Roles(), tmp_path / "m", signature=infer_signature([1.0], params={"factor": 2.0}))
    signature = Model.load(tmp_path / "m").signature
    assert signature is not None and signature.params is not None
    assert "role" in repr(signature.inputs) and signature.params.params[0].name == "factor"


@pytest.mark.parametrize(
    ("hint", "given", "wanted"),
    [
        (list[float], [1, 2.5], [1.0, 2.5]),
        (list[int], np.array([1, 2]), [1, 2]),
        (list[list[int]], [[1], []], [[1], []]),
        (list[int | None], [1, None], [1, None]),
        (list[int | str], [1, "a"], [1, "a"]),
        (list[Any], [object], [object]),
        (list[dt.datetime], [_NOON], [_NOON]),
        (list[dict[str, list[bool]]], [{"a": [True]}], [{"a": [True]}]),
    ],
)
def test_values_fit_their_hints(hint: Any, given: Any, wanted: Any) -> None:
    assert checked(given, hint) == wanted


@pytest.mark.parametrize(
    ("hint", "given"),
    [
        (list[int], [True]),
        (list[int], [1.0]),
        (list[float], [2**53 + 1]),
        (list[str], [b"a"]),
        (list[dict[str, int]], [{1: 1}]),
        (list[dict[str, int]], ["a"]),
        (list[list[int]], [1]),
        (list[int], [None]),
    ],
)
def test_values_that_would_be_changed_are_refused(hint: Any, given: Any) -> None:
    with pytest.raises(SignatureMismatch):
        checked(given, hint)


@pytest.mark.parametrize("hint", ["str", "list", "dict", "list[dict[int, int]]", "list[Nowhere]", "np.ndarray"])
def test_hints_that_say_nothing_of_columns_check_nothing(hint: str, tmp_path: Path) -> None:
    def function(model_input: Any) -> Any:
        return model_input

    function.__annotations__ = {"model_input": hint}
    predict: Callable[[Any], Any] = function
    save_model(predict, tmp_path / "m")
    assert Model.load(tmp_path / "m").signature is None
    assert load_pyfunc(tmp_path / "m").predict("x") == "x"
