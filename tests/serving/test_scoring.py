from __future__ import annotations

import asyncio
import datetime as dt
import json
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pandas as pd
import pytest

from nbtrack.flavors import PyFuncModel, load_pyfunc, save_model
from nbtrack.models import ColSpec, ModelSignature, ParamSchema, ParamSpec, Schema, TensorSpec
from nbtrack.serving import create_app

COLUMNS = ModelSignature(
    Schema([ColSpec("long", "n"), ColSpec("double", "x"), ColSpec("string", "s", required=False)]),
    params=ParamSchema([ParamSpec("factor", "double", 1.0)]),
)
JSON = "application/json"


def total(model_input: Any, params: Any) -> Any:
    return (model_input["n"] + model_input["x"]) * params["factor"]


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PyFuncModel:
    monkeypatch.setenv("NBTRACK_KEY_DIR", str(tmp_path / "key"))
    save_model(total, tmp_path / "m", signature=COLUMNS)
    return load_pyfunc(tmp_path / "m")


def ask(model: PyFuncModel, method: str, path: str, **request: Any) -> httpx.Response:
    host = request.pop("host", "127.0.0.1:5000")

    async def send() -> httpx.Response:
        app = create_app(model, largest_body_bytes=request.pop("limit", 1_000_000))
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as client:
            return await client.request(method, path, **request)

    return asyncio.run(send())


def score(model: PyFuncModel, body: Any, kind: str = JSON, **request: Any) -> httpx.Response:
    content = body if isinstance(body, (str, bytes)) else json.dumps(body)
    return ask(model, "POST", "/invocations", content=content, headers={"Content-Type": kind}, **request)


@pytest.mark.parametrize("path", ["/ping", "/health", "/version"])
def test_the_server_says_that_it_is_there(model: PyFuncModel, path: str) -> None:
    assert ask(model, "GET", path).status_code == 200


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("n,x\n1,0.5\n2,1\n", "text/csv"),
        ("x,other,n\n0.5,a,1\n1,b,2\n", "Text/CSV; charset=UTF-8"),
        ({"dataframe_split": {"columns": ["n", "x"], "data": [[1, 0.5], [2, 1]]}}, JSON),
        ({"dataframe_split": {"columns": ["n", "x"], "index": [7, 8], "data": [[1, 0.5], [2, 1]]}}, JSON),
        ({"dataframe_records": [{"n": 1, "x": 0.5}, {"n": 2, "x": 1, "s": None}]}, JSON),
        ({"instances": [{"n": 1, "x": 0.5}, {"n": 2, "x": 1}]}, JSON),
        ({"inputs": {"n": [1, 2], "x": [0.5, 1]}}, JSON),
        ({"inputs": {"n": [1, 2], "x": [0.5, 1]}, "params": {"factor": 1, "unknown": "x"}}, JSON),
    ],
)
def test_every_form_gives_the_same_predictions(model: PyFuncModel, body: Any, kind: str) -> None:
    answer = score(model, body, kind)
    assert (answer.status_code, answer.json()) == (200, {"predictions": [1.5, 3.0]})


def records(**cells: Any) -> dict[str, Any]:
    return {"dataframe_records": [{"n": 1, "x": 0.5, **cells}]}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (records(n=2.5), "'n' must be long"),
        (records(n="1"), "'n' must be long and holds string"),
        (records(n=True), "'n' must be long and holds boolean"),
        (records(n=None), "'n' must be long and holds missing"),
        (records(n=2**70), "'n' must be long"),
        (records(x="0.5"), "'x' must be double and holds string"),
        (records(x=2**60 + 1), "'x' must be double"),
        (records(s=7), "'s' must be string"),
        ({"dataframe_records": [{"n": 1}]}, "['x']"),
        ({"dataframe_split": {"columns": ["n"], "data": [[1, 2]]}}, "Row 0"),
        ({"dataframe_split": [1]}, "dataframe_split"),
        ({"dataframe_records": [1]}, "list of objects"),
        ({"inputs": [1], "instances": [1]}, "exactly one"),
        ({}, "exactly one"),
        ("[1]", "object"),
        ("{", "no JSON"),
        ("", "no JSON"),
        (b"\xff\xfe", "no utf-8"),
        ("[" * 100_000, "deeper"),
        ('{"inputs": ' + "[" * 100 + "]" * 100 + "}", "deeper"),
        ({**records(), "params": {"factor": "2"}}, "'factor' must be double"),
        ({**records(), "params": [1]}, "params"),
    ],
)
def test_what_does_not_fit_is_400_and_says_where(model: PyFuncModel, body: Any, says: str) -> None:
    answer = score(model, body)
    assert answer.status_code == 400
    assert answer.json()["error_code"] == "BAD_REQUEST"
    assert says in answer.json()["message"]


@pytest.mark.parametrize("kind", ["", "text/html", "text/csv; header=1", "application/json; charset=klingon"])
def test_another_content_type_is_415(model: PyFuncModel, kind: str) -> None:
    assert score(model, records(), kind).status_code == 415


def test_a_body_that_is_too_large_is_refused_before_it_is_read(model: PyFuncModel) -> None:
    assert score(model, "x" * 1001, limit=1000).status_code == 413


def test_a_name_that_is_not_loopback_is_refused(model: PyFuncModel) -> None:
    assert ask(model, "GET", "/ping", host="attacker.example").status_code == 403
    assert ask(model, "GET", "/ping", host="localhost:5000").status_code == 200
    assert ask(model, "GET", "/ping", host="[::1]:5000").status_code == 200


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://attacker.example", 403),
        ("null", 403),
        ("http://localhost:8888", 403),
        ("http://127.0.0.1:5000", 200),
        ("https://127.0.0.1:5000", 200),
    ],
)
def test_a_web_page_of_elsewhere_is_refused(model: PyFuncModel, origin: str, status: int) -> None:
    assert ask(model, "GET", "/ping", headers={"origin": origin}).status_code == status


def test_unknown_paths_and_methods_answer_in_json(model: PyFuncModel) -> None:
    assert ask(model, "GET", "/nothing").json()["error_code"] == "ENDPOINT_NOT_FOUND"
    assert ask(model, "GET", "/invocations").status_code == 405


def made(answer: Any, signature: ModelSignature | None = None, folder: Path | None = None) -> PyFuncModel:
    assert folder is not None
    save_model(answer, folder / "made", signature=signature)
    return load_pyfunc(folder / "made")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (np.array([1.0, np.nan, np.inf]), [1.0, None, "Infinity"]),
        (pd.Series([1, 2]), [1, 2]),
        (pd.Series([1, 2], name="y"), [{"y": 1}, {"y": 2}]),
        (pd.DataFrame({"a": [1], "b": [b"\x00"]}), [{"a": 1, "b": "AA=="}]),
        ([np.float32(0.5), {"k": (1, None)}], [0.5, {"k": [1, None]}]),
    ],
)
def test_answers_become_plain_json(model: PyFuncModel, tmp_path: Path, value: Any, written: Any) -> None:
    answer = score(made(lambda model_input: value, folder=tmp_path), {"inputs": [1]})
    assert answer.json() == {"predictions": written}


def test_a_model_that_raises_is_400_without_its_traceback(model: PyFuncModel, tmp_path: Path) -> None:
    answer = score(made(lambda model_input: 1 / 0, folder=tmp_path), {"inputs": [1]})
    assert answer.status_code == 400
    assert "ZeroDivisionError" in answer.json()["message"]
    assert "Traceback" not in answer.text


def test_an_answer_that_json_can_not_say_is_500(model: PyFuncModel, tmp_path: Path) -> None:
    answer = score(made(lambda model_input: object(), folder=tmp_path), {"inputs": [1]})
    assert (answer.status_code, answer.json()["error_code"]) == (500, "INTERNAL_ERROR")


def test_tensors_are_read_in_the_dtype_of_the_signature(model: PyFuncModel, tmp_path: Path) -> None:
    signature = ModelSignature(Schema([TensorSpec(np.dtype("float32"), (-1, 2))]))
    served = made(lambda model_input: [str(model_input.dtype), *model_input.shape], signature, tmp_path)
    assert score(served, {"instances": [[0.1, 1], [2, 3]]}).json() == {"predictions": ["float32", 2, 2]}
    assert score(served, {"inputs": [[0.1], [2]]}).status_code == 400
    assert score(served, {"inputs": [["a", "b"]]}).status_code == 400
    assert score(served, {"inputs": [[1, 2], [3]]}).status_code == 400


def test_csv_keeps_leading_zeros_of_text_columns(model: PyFuncModel, tmp_path: Path) -> None:
    signature = ModelSignature(Schema([ColSpec("string", "zip")]))
    served = made(lambda model_input: list(model_input["zip"]), signature, tmp_path)
    assert score(served, "zip\n007\n", "text/csv").json() == {"predictions": ["007"]}


def years(model_input: list[dt.datetime]) -> list[int]:
    return [moment.year for moment in model_input]


def sizes(model_input: list[bytes]) -> list[int]:
    return [len(content) for content in model_input]


def sums(model_input: list[dict[str, int]]) -> list[int]:
    return [sum(row.values()) for row in model_input]


@pytest.mark.parametrize(
    ("function", "form", "given", "wanted"),
    [
        (years, "inputs", ["2026-01-02T03:04:05"], [2026]),
        (sizes, "instances", ["YWJj"], [3]),
        (sums, "inputs", [{"a": 1, "b": 2}], [3]),
        (sums, "instances", [{"a": 1}, {"b": 2}], [1, 2]),
        (sums, "dataframe_records", [{"a": 1, "b": 2}], [3]),
    ],
)
def test_items_are_read_as_type_hints_say(
    model: PyFuncModel, tmp_path: Path, function: Any, form: str, given: Any, wanted: Any
) -> None:
    assert score(made(function, folder=tmp_path), {form: given}).json() == {"predictions": wanted}
    assert score(made(function, folder=tmp_path / "2"), {form: [[]]}).status_code == 400
