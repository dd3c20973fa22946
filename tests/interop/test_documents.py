"""MLmodel files are read and written again without losing or changing a field, today's of MLflow and old ones."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nbtrack.models import Model, infer_signature
from nbtrack.models.yaml_text import read_yaml
from tests.interop.real_mlflow import mlflow
from tests.interop.specimens import LIGHT, X

# What MLflow warns of is its own affair.
pytestmark = pytest.mark.filterwarnings("ignore")

TWICE = ["said", "twice"]
DAY = pd.Timestamp("2026-01-02")


class Hinted(mlflow.pyfunc.PythonModel):
    def predict(self, model_input: list[dict[str, int]], params=None) -> list[str]:
        os.environ.get("SOME_API_KEY")
        return [str(item) for item in model_input]


class Echo(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return model_input


def is_kept(path: Path, folder: Path) -> bool:
    """Read a document, write it again, and compare all that is in it, types and nulls included."""
    (folder / "again").mkdir()
    Model.load(path).save(folder / "again")
    return repr(read_yaml(folder / "again" / "MLmodel")) == repr(read_yaml(path / "MLmodel"))


@pytest.mark.parametrize("flavor", [name for name in LIGHT if name != "python_function"])
def test_what_mlflow_writes_of_every_flavor_is_kept(flavor: str, tmp_path: Path) -> None:
    module = importlib.import_module(f"mlflow.{flavor}")
    signature = mlflow.models.infer_signature(X, np.zeros(3), params={"k": 1, "l": [0.5]})
    options = {"signature": signature, "pip_requirements": [], "metadata": {"n": [None]}}
    module.save_model(LIGHT[flavor].make(), tmp_path / "m", **options)
    assert is_kept(tmp_path / "m", tmp_path)


OPTIONS: dict[str, dict[str, Any]] = {
    "type hints": {"python_model": Hinted(), "input_example": [{"a": 1}]},
    "a function": {"python_model": lambda model_input: model_input},
    "columns of every type": {
        "python_model": Echo(),
        "input_example": pd.DataFrame(
            {"i": [1], "s": ["ü"], "when": [DAY], "raw": [b"x"], "l": [[1]], "d": [{"k": "v"}]}
        ),
    },
    "tensors with params": {"python_model": Echo(), "input_example": ({"x": np.ones((2, 3), "float32")}, {"t": 0.5})},
    "artifacts and settings": {
        "python_model": Echo(),
        "artifacts": {"file": __file__},
        "code_paths": [__file__],
        "model_config": {"rates": [0.1, 1e-9], "until": "2026-01-01", "none": None},
    },
    "what a platform lets it use": {
        "python_model": Echo(),
        "resources": [mlflow.models.resources.DatabricksTable(table_name="t")],
        "metadata": {"day": DAY.date(), "big": 2**70, "deep": {"1": {"x": [True]}}, "a": TWICE, "b": TWICE},
    },
}


@pytest.mark.parametrize("name", OPTIONS)
def test_what_mlflow_writes_of_custom_models_is_kept(name: str, tmp_path: Path) -> None:
    mlflow.pyfunc.save_model(tmp_path / "m", pip_requirements=[], **OPTIONS[name])
    assert is_kept(tmp_path / "m", tmp_path)


def test_what_mlflow_logs_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_API_KEY", "secret")
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    mlflow.set_tracking_uri(f"file:{tmp_path / 'mlruns'}")
    try:
        with mlflow.start_run(experiment_id="0"):
            logged = mlflow.pyfunc.log_model(
                name="m", python_model=Hinted(), input_example=[{"a": 1}], pip_requirements=[]
            )
        folder = Path(mlflow.artifacts.download_artifacts(logged.model_uri, dst_path=str(tmp_path)))
    finally:
        mlflow.set_tracking_uri(None)
    document = read_yaml(folder / "MLmodel")
    assert document["env_vars"] == ["SOME_API_KEY"] and document["model_id"] and document["run_id"]
    assert is_kept(folder, tmp_path)


OLD: dict[str, str] = {
    "1.0, without an id or a version": """
flavors:
  python_function:
    data: model.pkl
    env: conda.yaml
    loader_module: mlflow.sklearn
    python_version: 3.6.8
  sklearn:
    pickled_model: model.pkl
    serialization_format: cloudpickle
    sklearn_version: 0.20.3
utc_time_created: '2019-04-02 17:26:57.615749'
""",
    "1.10, logged, with a signature that says nothing of what is required": """
artifact_path: model
flavors:
  keras:
    data: data
    keras_module: tensorflow.keras
    keras_version: 2.2.4-tf
run_id: 6f2fa0a8a7d74f9e9d7a2e9a8e2d7b1c
saved_input_example_info:
  artifact_path: input_example.json
  pandas_orient: split
  type: dataframe
signature:
  inputs: '[{"name": "sepal length (cm)", "type": "double"}, {"type": "long"}]'
  outputs: '[{"type": "tensor", "tensor-spec": {"dtype": "int64", "shape": [-1]}}]'
utc_time_created: 2020-08-01 10:11:12.131415
""",
    "2.3, with params and an environment of two files": """
artifact_path: model
flavors:
  python_function:
    cloudpickle_version: 2.2.1
    env:
      conda: conda.yaml
      virtualenv: python_env.yaml
    loader_module: mlflow.pyfunc.model
    python_model: python_model.pkl
    python_version: 3.8.16
mlflow_version: 2.3.1
model_uuid: 0d1c6f2fa0a8a7d74f9e9d7a2e9a8e2d
run_id: 6f2fa0a8a7d74f9e9d7a2e9a8e2d7b1c
signature:
  inputs: '[{"type": "string"}]'
  outputs: null
  params: '[{"name": "k", "type": "long", "default": 1, "shape": null}]'
utc_time_created: '2023-05-06 07:08:09.101112'
""",
    "2.14, with nulls and what nbtrack does not know": """
artifact_path: null
databricks_runtime: 14.3.x
flavors:
  sklearn:
    code: null
    sampled: 2024-02-03
metadata: null
mlflow_version: 2.14.0
model_size_bytes: 873
model_uuid: 0d1c6f2fa0a8a7d74f9e9d7a2e9a8e2d
prompts: null
run_id: null
signature: null
somebody_s_own:
  nested: [1, 2.5, {deep: yes}]
type_hint_from_example: false
utc_time_created: '2024-07-08 09:10:11.121314'
""",
}


@pytest.mark.parametrize("version", OLD)
def test_documents_of_old_versions_are_kept(version: str, tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "MLmodel").write_text(OLD[version])
    assert is_kept(tmp_path / "m", tmp_path)


def test_what_is_changed_is_written_anew_beside_what_is_kept() -> None:
    read = Model.from_yaml(OLD["1.10, logged, with a signature that says nothing of what is required"])
    signature = infer_signature([1], [2])
    changed = read.replace(run_id="r", signature=signature, metadata={"a": 1}).to_dict()
    assert changed.pop("signature") == signature.to_dict()
    assert changed.pop("run_id") == "r" and changed.pop("metadata") == {"a": 1}
    assert changed == {key: value for key, value in read.to_dict().items() if key not in ("signature", "run_id")}
    assert "signature" not in read.replace(signature=None).to_dict()


def test_an_old_document_says_what_is_known_of_it() -> None:
    read = Model.from_yaml(OLD["1.0, without an id or a version"])
    assert (read.model_id, read.run_id, read.model_uuid, read.mlflow_version) == (None, None, None, None)
    assert read.utc_time_created == "2019-04-02 17:26:57.615749"
    dated = Model.from_yaml(OLD["1.10, logged, with a signature that says nothing of what is required"])
    assert dated.utc_time_created == "2020-08-01 10:11:12.131415"
    assert dated.get_input_schema() is not None
