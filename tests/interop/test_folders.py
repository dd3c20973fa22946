"""Model folders that MLflow wrote are read, and those that nbtrack wrote by MLflow, with all that lies in them."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression

from nbtrack.errors import MalformedModel
from nbtrack.flavors import PythonModel, load_pyfunc, save_model
from nbtrack.models import InputExample, Model, load_example, read_requirements
from nbtrack.models.yaml_text import read_yaml
from tests.interop.real_mlflow import mlflow

MlflowModel = mlflow.models.Model

# What MLflow warns of is its own affair.
pytestmark = pytest.mark.filterwarnings("ignore")

X = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0], "b": [1, 0, 1, 0]})
MODEL = LogisticRegression().fit(X, [0, 1, 0, 1])
DAY = dt.datetime(2026, 1, 2, 3, 4, 5, 6)  # noqa: DTZ001 - a column of days has no zone


@pytest.fixture(autouse=True)
def own_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBTRACK_KEY_DIR", str(tmp_path / "key"))


class Echo(PythonModel):
    def predict(self, context: Any, model_input: Any, params: Any = None) -> Any:
        return model_input


class MlflowEcho(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return model_input


EXAMPLES: dict[str, Any] = {
    "a frame": pd.DataFrame({"n": [1, 2], "x": [0.5, None], "s": ["u", "v"], "on": [True, False]}),
    "a frame of days and bytes": pd.DataFrame({"when": [DAY, DAY], "raw": [b"x", b"y"]}),
    "a frame without names": pd.DataFrame([[1, 2.5]]),
    "a frame of lists and dicts": pd.DataFrame({"l": [[1, 2]], "d": [{"k": "v"}]}),
    "small numbers": pd.DataFrame({"f": np.array([0.1, 0.2], "float32"), "i": np.array([1, 2], "int32")}),
    "an array": np.arange(6, dtype="float32").reshape(2, 3),
    "an array with NaN": np.array([[1.0, np.nan], [np.inf, 2.0]]),
    "a dict of arrays": {"x": np.ones((2, 2)), "n": np.array([1, 2])},
    "a sparse matrix": sp.csr_matrix(np.eye(3)),
    "a sparse matrix by columns": sp.csc_matrix(np.eye(3)),
    "a dict": {"a": 1, "b": ["x", "y"]},
    "a list of dicts": [{"a": 1, "b": [1, 2]}],
    "texts": ["u", "v"],
    "a text": "u",
}


def is_same(found: Any, wanted: Any) -> bool:
    if isinstance(wanted, pd.DataFrame):
        pd.testing.assert_frame_equal(found, wanted, check_dtype=False)
        return True
    if isinstance(wanted, dict) and isinstance(next(iter(wanted.values())), np.ndarray):
        return found.keys() == wanted.keys() and all(is_same(found[key], wanted[key]) for key in wanted)
    if sp.issparse(wanted):
        return found.format == wanted.format and (found != wanted).nnz == 0
    return bool(np.array_equal(found, wanted, equal_nan=True)) if isinstance(wanted, np.ndarray) else found == wanted


WITH_PARAMS = ("a frame", "an array", "texts")


@pytest.mark.parametrize(
    ("name", "params"),
    [*((name, {}) for name in EXAMPLES), *((name, {"k": 1}) for name in WITH_PARAMS)],
)
def test_examples_are_read_by_both(name: str, params: dict[str, Any], tmp_path: Path) -> None:
    example = EXAMPLES[name]
    given = (example, params) if params else example
    save_model(Echo(), tmp_path / "ours", input_example=given)
    mlflow.pyfunc.save_model(tmp_path / "theirs", python_model=MlflowEcho(), input_example=given, pip_requirements=[])

    ours, theirs = (read_yaml(tmp_path / peer / "MLmodel") for peer in ("ours", "theirs"))
    assert ours["saved_input_example_info"] == theirs["saved_input_example_info"]
    assert {**ours["signature"], "outputs": None} == {**theirs["signature"], "outputs": None}
    for folder in (tmp_path / "ours", tmp_path / "theirs"):
        for read in (Model.load(folder), MlflowModel.load(str(folder))):
            assert is_same(read.load_input_example(str(folder)), example)
            assert (read.load_input_example_params(str(folder)) or {}) == params


def test_an_example_of_missing_values_is_json_that_every_reader_knows(tmp_path: Path) -> None:
    frame = pd.DataFrame({"n": pd.array([1, None], dtype="Int64"), "when": [DAY, None], "x": [0.5, None]})
    save_model(Echo(), tmp_path / "m", input_example=frame)
    text = (tmp_path / "m" / "input_example.json").read_text()
    assert json.loads(text, parse_constant=lambda _: pytest.fail("no JSON"))["data"][1] == [None, None, None]
    read = Model.load(tmp_path / "m").load_input_example(tmp_path / "m")
    assert read["when"].dtype.kind == "M"


@pytest.mark.parametrize(
    ("example", "says"),
    [
        (pd.DataFrame({"other": [1]}), "can't eat its input example"),
        (X.assign(a=object()), "can't be kept as JSON"),
        (pd.DataFrame([[1.0, 2]], columns=["a", "a"]), "No signature can be read off"),
    ],
)
def test_an_example_that_does_not_serve_is_told_of_and_the_model_is_saved(
    example: Any, says: str, tmp_path: Path
) -> None:
    with pytest.warns(UserWarning, match=says):
        save_model(MODEL, tmp_path / "m", input_example=example)
    # A signature of what the model can't eat would refuse what it can.
    np.testing.assert_array_equal(load_pyfunc(tmp_path / "m").predict(X), MODEL.predict(X))


def test_an_example_beside_a_signature_that_it_does_not_fit_is_told_of(tmp_path: Path) -> None:
    signature = save_model(MODEL, tmp_path / "one", input_example=X).signature
    with pytest.warns(UserWarning, match="doesn't fit the signature: .*'b'"):
        save_model(MODEL, tmp_path / "two", signature=signature, input_example=X[["a"]])


@pytest.mark.parametrize(
    ("content", "info"),
    [
        ("{", {}),
        ('{"data": 1}', {"type": "dataframe"}),
        ('{"data": [1], "indices": [7], "indptr": [0, 1], "shape": [1, 1]}', {"type": "sparse_matrix_csr"}),
        ("{}", {"params": "true"}),
        ("1", {"artifact_path": "../secret.json"}),
    ],
)
def test_a_damaged_example_is_malformed(content: str, info: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "input_example.json").write_text(content)
    with pytest.raises(MalformedModel, match="input example"):
        load_example(tmp_path, {"artifact_path": "input_example.json", **info})


OPTIONS: dict[str, Any] = {
    "extra_pip_requirements": ["mine==1", "pyyaml>=5"],
    "metadata": {"team": "Ünïcode", "n": [1, {"k": None}]},
    "resources": [
        mlflow.models.resources.DatabricksServingEndpoint(endpoint_name="e"),
        mlflow.models.resources.DatabricksTable(table_name="t"),
    ],
}


def test_options_stand_where_mlflow_writes_them(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("more")
    save_model(MODEL, tmp_path / "ours", extra_files=[tmp_path / "notes.txt"], **OPTIONS)
    sklearn = {key: value for key, value in OPTIONS.items() if key != "resources"}
    mlflow.sklearn.save_model(MODEL, tmp_path / "theirs", extra_files=[str(tmp_path / "notes.txt")], **sklearn)
    mlflow.pyfunc.save_model(tmp_path / "custom", python_model=MlflowEcho(), resources=OPTIONS["resources"])

    ours, theirs, custom = (read_yaml(tmp_path / name / "MLmodel") for name in ("ours", "theirs", "custom"))
    assert ours["metadata"] == theirs["metadata"]
    assert ours["flavors"].keys() == theirs["flavors"].keys()
    assert ours["flavors"]["sklearn"] == theirs["flavors"]["sklearn"]
    assert ours["resources"] == custom["resources"]
    assert (tmp_path / "ours" / "extra_files" / "notes.txt").read_text() == "more"
    assert read_requirements(tmp_path / "ours")[-2:] == ["mine==1", "pyyaml>=5"]
    loaded = mlflow.pyfunc.load_model(str(tmp_path / "ours"))
    assert loaded.metadata.resources == custom["resources"]
    np.testing.assert_array_equal(loaded.predict(X), MODEL.predict(X))


def test_what_mlflow_writes_is_read_and_written_again_without_a_change(tmp_path: Path) -> None:
    mlflow.sklearn.save_model(MODEL, tmp_path / "sklearn", input_example=(X, {"k": 1}), metadata={"a": 1})
    mlflow.pyfunc.save_model(
        tmp_path / "pyfunc", python_model=MlflowEcho(), resources=OPTIONS["resources"], input_example=["x"]
    )
    for name in ("sklearn", "pyfunc"):
        written = read_yaml(tmp_path / name / "MLmodel")
        assert Model.load(tmp_path / name).to_dict() == written
        assert InputExample.of(MlflowModel.load(str(tmp_path / name)).load_input_example(str(tmp_path / name)))
