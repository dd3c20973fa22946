"""One table of inputs, each given to ``predict`` in Python and to ``/invocations``: the same comes of it."""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pandas as pd
import pytest

from nbtrack.errors import SignatureMismatch
from nbtrack.flavors import PyFuncModel, load_pyfunc, save_model
from nbtrack.models import Array, ColSpec, Map, ModelSignature, Object, ParamSchema, ParamSpec, Property, Schema
from nbtrack.models import TensorSpec as Tensor
from nbtrack.serving import create_app
from tests.web.running import serving

INPUTS = Schema(
    [
        ColSpec("long", "n"),
        ColSpec("double", "x"),
        ColSpec("integer", "i", required=False),
        ColSpec("float", "f", required=False),
        ColSpec("boolean", "b", required=False),
        ColSpec("string", "s", required=False),
        ColSpec("datetime", "t", required=False),
        ColSpec("binary", "z", required=False),
        ColSpec(Array("double"), "a", required=False),
        ColSpec(Object([Property("k", "long")]), "o", required=False),
        ColSpec(Map("double"), "m", required=False),
    ]
)
FACTOR = ParamSchema([ParamSpec("factor", "double", 1.0)])
NEW_YEAR = dt.datetime.fromisoformat("2026-01-01T12:00:00")


def shown(model_input: Any, params: Any) -> Any:
    """Answer with what arrived: dtypes and values as text, since JSON would make them alike."""
    cells = {name: [str(column.dtype), str(column.tolist())] for name, column in model_input.items()}
    return {**cells, "factor": repr(params["factor"])}


def shown_tensor(model_input: Any) -> Any:
    return [str(model_input.dtype), str(model_input.tolist())]


@dataclass(frozen=True)
class Server:
    """A model in Python, and the same model behind HTTP."""

    model: PyFuncModel
    url: str

    def ask(self, body: dict[str, Any]) -> Any:
        """Return the predictions, or what the server says instead, as an error."""
        answer = httpx.post(f"{self.url}/invocations", json=body, timeout=60)
        document = answer.json()
        if answer.status_code == 200:
            return document["predictions"]
        assert (answer.status_code, document.keys()) == (400, {"error_code", "message"})
        assert document["error_code"] == "BAD_REQUEST"
        raise SignatureMismatch(document["message"])


def served(function: Any, signature: ModelSignature, folder: Path) -> Iterator[Server]:
    save_model(function, folder / "m", signature=signature)
    model = load_pyfunc(folder / "m")
    with serving(create_app(model)) as port:
        yield Server(model, f"http://127.0.0.1:{port}")


@pytest.fixture(scope="module")
def columns(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("columns")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NBTRACK_KEY_DIR", str(folder / "key"))
        yield from served(shown, ModelSignature(INPUTS, params=FACTOR), folder)


@pytest.fixture(scope="module")
def tensors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("tensors")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NBTRACK_KEY_DIR", str(folder / "key"))
        yield from served(shown_tensor, ModelSignature(Schema([Tensor(np.dtype("float32"), (-1, 2))])), folder)


def as_json(value: Any) -> Any:
    """Write a value as who sends JSON does."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value.isoformat() if isinstance(value, dt.date) else value


def answers(server: Server, row: dict[str, Any], params: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield what comes of a row in each form, in Python and over HTTP: predictions, or the words of an error."""
    sent = {name: as_json(value) for name, value in row.items()}
    local = {"frame": pd.DataFrame([row]), "records": [row], "dict of lists": {key: [row[key]] for key in row}}
    remote: dict[str, Any] = {
        "dataframe_split": {"columns": list(sent), "data": [list(sent.values())]},
        "dataframe_records": [sent],
        "instances": [sent],
        "inputs": {key: [value] for key, value in sent.items()},
    }
    for form, given in local.items():
        yield form, outcome(lambda given=given: server.model.predict(given, params))
    for form, given in remote.items():
        body = {form: given, "params": params}
        yield form, outcome(lambda body=body: server.ask(body))


def outcome(act: Any) -> Any:
    try:
        return json.loads(json.dumps(act()))
    except SignatureMismatch as error:
        return str(error)


FITTING: list[tuple[str, Any, list[str]]] = [
    ("n", 2**63 - 1, ["int64", "[9223372036854775807]"]),
    ("x", 1, ["float64", "[1.0]"]),
    ("x", 2**53, ["float64", "[9007199254740992.0]"]),
    ("x", None, ["float64", "[nan]"]),
    ("i", 5, ["int32", "[5]"]),
    ("i", None, ["Int32", "[<NA>]"]),
    ("f", 0.5, ["float32", "[0.5]"]),
    ("f", 3, ["float32", "[3.0]"]),
    ("f", None, ["float32", "[nan]"]),
    ("b", True, ["bool", "[True]"]),
    ("b", None, ["boolean", "[<NA>]"]),
    ("s", "007", ["str", "['007']"]),
    ("t", NEW_YEAR, ["datetime64[us]", "[Timestamp('2026-01-01 12:00:00')]"]),
    ("t", NEW_YEAR.date(), ["datetime64[us]", "[Timestamp('2026-01-01 00:00:00')]"]),
    ("t", None, ["datetime64[us]", "[NaT]"]),
    ("z", b"\x00\xff", ["object", "[b'\\x00\\xff']"]),
    ("a", [1.0, 2.5], ["object", "[[1.0, 2.5]]"]),
    ("a", [], ["object", "[[]]"]),
    ("o", {"k": 1}, ["object", "[{'k': 1}]"]),
    ("m", {"u": 1.5, "v": 2}, ["object", "[{'u': 1.5, 'v': 2}]"]),
]


@pytest.mark.parametrize(("name", "value", "arrives"), FITTING)
def test_what_fits_arrives_alike(columns: Server, name: str, value: Any, arrives: list[str]) -> None:
    row = {"extra": "dropped", "n": 1, "x": 0.5, name: value}
    usual = {"n": ["int64", "[1]"], "x": ["float64", "[0.5]"], "factor": "2.0"}
    for form, answer in answers(columns, row, {"factor": 2}):
        assert answer == {**usual, name: arrives}, form


REFUSED = [
    ("n", 2.5, "long", "double"),
    ("n", 2.0, "long", "double"),
    ("n", "1", "long", "string"),
    ("n", True, "long", "boolean"),
    ("n", None, "long", "missing values"),
    ("n", 2**63, "long", "uint64"),
    ("n", 2**70, "long", "more than 64 bits"),
    ("n", {"a": 1}, "long", "{a: long}"),
    ("n", [1], "long", "Array(long)"),
    ("x", "0.5", "double", "string"),
    ("x", False, "double", "boolean"),
    ("x", 2**53 + 1, "double", "int64"),
    ("i", 2**31, "integer", "int64"),
    ("f", 1e300, "float", "double"),
    ("f", 2**24 + 1, "float", "int64"),
    ("b", 1, "boolean", "integer"),
    ("b", "true", "boolean", "string"),
    ("s", 7, "string", "integer"),
    ("s", ["a"], "string", "Array(string)"),
    ("t", 7, "datetime", "integer"),
    ("z", 7, "binary", "integer"),
    ("a", 5, "Array(double)", "long"),
    ("a", [1, "b"], "Array(double)", "Array(any)"),
    ("o", {}, "{k: long}", "{}"),
    ("o", {"k": "x"}, "{k: long}", "{k: string}"),
    ("m", {"u": "v"}, "Map(str -> double)", "{u: string}"),
]


@pytest.mark.parametrize(("name", "value", "wanted", "found"), REFUSED)
def test_what_does_not_fit_is_refused_in_the_same_words(
    columns: Server, name: str, value: Any, wanted: str, found: str
) -> None:
    said = {answer for _, answer in answers(columns, {"n": 1, "x": 0.5, name: value}, {})}
    assert len(said) == 1, said
    [message] = said
    assert message.startswith(f"Column {name!r} must be {wanted} and holds ")
    assert found in message


def test_a_column_that_lacks_is_named_with_those_that_are_there(columns: Server) -> None:
    said = {answer for _, answer in answers(columns, {"n": 1, "y": 2}, {})}
    assert said == {"The model wants the columns ['x'], which the input lacks. It has: ['n', 'y']."}


@pytest.mark.parametrize(("value", "found"), [("2", "string"), (True, "boolean"), ([1.0], "Array(double)")])
def test_a_param_of_another_type_is_refused_in_the_same_words(columns: Server, value: Any, found: str) -> None:
    said = {answer for _, answer in answers(columns, {"n": 1, "x": 0.5}, {"factor": value})}
    assert said == {f"Param 'factor' must be double and is {found}."}


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"t": "yesterday"}, "Column 't' must be datetime, written as ISO 8601, and holds string: 'yesterday'."),
        ({"z": "%%"}, "Column 'z' must be binary, written as base64, and holds string: '%%'."),
    ],
)
def test_json_has_texts_for_dates_and_bytes_and_says_which_is_none(
    columns: Server, row: dict[str, Any], says: str
) -> None:
    for form, given in (("dataframe_records", [{"n": 1, "x": 0.5, **row}]), ("inputs", {"n": 1, "x": 0.5, **row})):
        assert outcome(lambda body={form: given}: columns.ask(body)) == says


def test_json_has_one_kind_of_decimals_for_float_and_double(columns: Server) -> None:
    """In Python 0.1 in double precision is no float; JSON can't say it otherwise."""
    row = {"n": 1, "x": 0.5, "f": 0.1}
    sent = columns.ask({"dataframe_records": [row]})
    assert sent == columns.model.predict(pd.DataFrame([row]).astype({"f": "float32"}))
    with pytest.raises(SignatureMismatch, match="'f' must be float and holds double"):
        columns.model.predict(pd.DataFrame([row]))


def test_a_cell_that_is_a_list_beside_a_scalar_is_one_row(columns: Server) -> None:
    row = {"n": 1, "x": 0.5, "a": [1.0, 2.0]}
    assert columns.ask({"inputs": row}) == columns.model.predict(row)
    assert columns.ask({"inputs": row})["a"] == ["object", "[[1.0, 2.0]]"]


@pytest.mark.parametrize(
    ("rows", "comes"),
    [
        ([[0.5, 1.5]], ["float32", "[[0.5, 1.5]]"]),
        ([[0.5, None]], ["float32", "[[0.5, nan]]"]),
        ([[0.5]], "Tensor 'input' must have the shape (-1, 2) and has (1, 1)."),
        ([["a", "b"]], "Tensor 'input' must be float32 and is <U1, which can't become it without loss."),
        ([[True, False]], "Tensor 'input' must be float32 and is bool, which can't become it without loss."),
        ([[1, 2**24 + 1]], "Tensor 'input' must be float32 and is int64, which can't become it without loss."),
        ([[1e300, 1.0]], "Tensor 'input' must be float32 and is float64, which can't become it without loss."),
    ],
)
def test_tensors_are_held_to_dtype_and_shape_alike(tensors: Server, rows: Any, comes: Any) -> None:
    array = np.array(rows, "float32" if isinstance(comes, list) else None)
    assert outcome(lambda: tensors.model.predict(array)) == comes
    for form in ("inputs", "instances"):
        assert outcome(lambda form=form: tensors.ask({form: rows})) == comes
