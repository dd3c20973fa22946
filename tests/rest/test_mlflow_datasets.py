"""Datasets that nbtrack describes are MLflow's, and the other way round."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import mlflow.data
import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient
from mlflow.data.code_dataset_source import CodeDatasetSource
from mlflow.data.schema import TensorDatasetSchema
from mlflow.types import Schema

import nbtrack
from tests.rest.running import RestServer

LOGGING = """
import nbtrack, numpy as np, pandas as pd
frame = pd.DataFrame({"age": [30, 41], "city": ["Oslo", None]})
with nbtrack.start_run() as run:
    for dataset in (
        nbtrack.data.from_pandas(frame, source="https://me:secret@host/people.csv", name="web"),
        nbtrack.data.from_pandas(frame, source="people.csv", name="file"),
        nbtrack.data.from_numpy(np.zeros((2, 3)), targets=np.zeros(2), name="tensor"),
    ):
        nbtrack.log_input(dataset, context="training")
    nbtrack.log_input(frame, name="plain")
print(run.info.run_id)
"""
# What MLflow's digests call is deprecated by pandas.
ignores_mlflows_calls = pytest.mark.filterwarnings("ignore:Starting with pandas version 4")


@ignores_mlflows_calls
def test_mlflows_client_reads_what_nbtrack_describes(client: MlflowClient, server: RestServer, tmp_path: Path) -> None:
    variables = {"NBTRACK_TRACKING_URI": server.url, "XDG_DATA_HOME": str(tmp_path)}
    ended = subprocess.run(
        [sys.executable, "-c", LOGGING],
        env=os.environ | variables, cwd=tmp_path, stdout=subprocess.PIPE, text=True, timeout=90, check=True,
    )  # fmt: skip
    used = client.get_run(ended.stdout.strip()).inputs.dataset_inputs
    found = {each.dataset.name: each.dataset for each in used}
    assert [tag.value for each in used for tag in each.tags] == ["training"] * 3
    assert mlflow.data.get_source(found["web"]).url == "https://host/people.csv"
    assert mlflow.data.get_source(found["file"]).uri == "people.csv"
    assert isinstance(mlflow.data.get_source(found["plain"]), CodeDatasetSource)
    frame = pd.DataFrame({"age": [30, 41], "city": ["Oslo", None]})
    columns = Schema.from_json(json.dumps(json.loads(found["plain"].schema)["mlflow_colspec"]))
    assert columns == mlflow.data.from_pandas(frame).schema
    tensors = TensorDatasetSchema.from_dict(json.loads(found["tensor"].schema))
    assert tensors == mlflow.data.from_numpy(np.zeros((2, 3)), targets=np.zeros(2)).schema
    profile = json.loads(found["plain"].profile)
    assert (profile["num_rows"], profile["num_elements"]) == (2, 4)


@ignores_mlflows_calls
@pytest.mark.usefixtures("store", "isolated")
def test_datasets_of_mlflow_are_taken_as_they_are() -> None:
    frame = pd.DataFrame({"a": [1, 2], "y": [0, 1]})
    dataset = mlflow.data.from_pandas(frame, source="https://host/a.csv", targets="y", name="theirs")
    with nbtrack.start_run() as run:
        nbtrack.log_input(dataset, context="training")
    (found,) = nbtrack.get_run(run.info.run_id).inputs.dataset_inputs
    kept, said = found.dataset, dataset.to_dict()
    assert (kept.name, kept.digest, kept.source_type) == ("theirs", dataset.digest, "http")
    assert (kept.source, kept.schema_document, kept.profile) == (said["source"], said["schema"] or "", said["profile"])
    assert (kept.shape, [column.type for column in kept.columns]) == ((2, 2), ["int64", "int64"])


@ignores_mlflows_calls
@pytest.mark.usefixtures("store", "isolated")
def test_sources_of_mlflow_are_taken() -> None:
    source = mlflow.data.from_numpy(np.zeros(2), source="s3://bucket/a.csv").source
    taken = nbtrack.data.from_numpy(np.zeros(2), source=source).source
    assert (taken.type, taken.uri) == ("s3", "s3://bucket/a.csv")


@ignores_mlflows_calls
def test_datasets_of_mlflow_can_be_evaluated() -> None:
    frame = pd.DataFrame({"x": [0, 1], "y": [0, 1], "p": [1, 1]})
    labelled = nbtrack.data.labelled(mlflow.data.from_pandas(frame, targets="y", predictions="p"))
    assert labelled is not None and labelled.data is frame
    assert (labelled.targets, labelled.predictions) == ("y", "p")
