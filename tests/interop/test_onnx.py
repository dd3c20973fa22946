"""ONNX models between nbtrack and MLflow: each opens and runs the other's, to the bit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pytest
from skl2onnx import to_onnx
from sklearn.datasets import load_iris
from sklearn.linear_model import LinearRegression

import nbtrack

# MLflow warns of what it is itself: types of hints, packages that pip has not.
pytestmark = pytest.mark.filterwarnings("ignore")

X, y = load_iris(return_X_y=True, as_frame=True)
SINGLE = X.to_numpy().astype("float32")
MODEL = to_onnx(LinearRegression().fit(SINGLE, y), SINGLE[:1])
INPUTS = {"array": SINGLE, "frame": X, "dict": {"X": SINGLE}}


def save_by_mlflow(path: Path, **options: Any) -> None:
    mlflow.onnx.save_model(MODEL, path, pip_requirements=["onnx"], **options)


@pytest.mark.parametrize("given", INPUTS.values(), ids=INPUTS)
@pytest.mark.parametrize("has_external_data", [True, False])
def test_a_model_of_mlflow_predicts_the_same_here(given: Any, has_external_data: bool, tmp_path: Path) -> None:
    save_by_mlflow(tmp_path / "m", save_as_external_data=has_external_data)
    theirs, ours = mlflow.pyfunc.load_model(str(tmp_path / "m")), nbtrack.pyfunc.load_model(tmp_path / "m")
    _assert_same(ours.predict(given), theirs.predict(given))
    assert nbtrack.onnx.load_model(tmp_path / "m") == mlflow.onnx.load_model(str(tmp_path / "m"))


def test_session_options_of_mlflow_are_understood(tmp_path: Path) -> None:
    options = {"intra_op_num_threads": 1, "execution_mode": "sequential", "graph_optimization_level": 99}
    save_by_mlflow(tmp_path / "m", onnx_session_options=options, onnx_execution_providers=["CPUExecutionProvider"])
    assert nbtrack.pyfunc.load_model(tmp_path / "m").predict(SINGLE)["variable"].shape == (150, 1)


@pytest.mark.parametrize(
    ("options", "given"),
    [({}, SINGLE), ({}, X.astype("float32")), ({"save_as_external_data": True}, SINGLE), ({"input_example": X[:2]}, X)],
    ids=["array", "frame", "external data", "signature of an example"],
)
def test_a_model_of_nbtrack_predicts_the_same_there(options: Any, given: Any, tmp_path: Path) -> None:
    nbtrack.onnx.save_model(MODEL, tmp_path / "m", **options)
    theirs, ours = mlflow.pyfunc.load_model(str(tmp_path / "m")), nbtrack.pyfunc.load_model(tmp_path / "m")
    np.testing.assert_array_equal(_values(ours.predict(given)), _values(theirs.predict(given)))
    assert nbtrack.onnx.load_model(tmp_path / "m") == mlflow.onnx.load_model(str(tmp_path / "m"))


def _values(answer: Any) -> Any:
    return np.ravel(answer["variable"])


def _assert_same(ours: Any, theirs: Any) -> None:
    assert type(ours) is type(theirs)
    assert list(ours) == list(theirs)
    for name in theirs:
        np.testing.assert_array_equal(ours[name], theirs[name])
