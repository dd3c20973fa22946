"""An experiment whose artifacts lie on S3, through what users call."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from pathlib import Path

import pandas as pd
import pytest
from sklearn.tree import DecisionTreeClassifier

import nbtrack
from nbtrack.errors import ArtifactChanged, InvalidInput
from nbtrack.registry import locate
from nbtrack.store import Store
from nbtrack.tracking import artifact_path
from tests.s3 import SECRET, Bucket


@pytest.fixture
def experiment_id(store: Store, bucket: Bucket) -> str:
    return nbtrack.create_experiment("on s3", artifact_location=f"{bucket.url}/team/x/")


def test_what_is_logged_lies_in_the_bucket_and_comes_back(
    store: Store, bucket: Bucket, experiment_id: str, tmp_path: Path
) -> None:
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "page.html").write_text("<p>")
    with nbtrack.start_run(experiment_id=experiment_id) as run:
        run_id = run.info.run_id
        nbtrack.log_text("hello", "notes/a.txt")
        nbtrack.log_artifact(tmp_path / "report")
        nbtrack.log_artifacts(tmp_path / "report", "copy")
        for row in (1, 2):
            nbtrack.log_table({"a": [row]}, "table.json")
        assert nbtrack.get_artifact_uri("notes") == f"{bucket.url}/team/x/{run_id}/artifacts/notes"
    assert nbtrack.get_run(run_id).info.artifact_uri == f"{bucket.url}/team/x/{run_id}/artifacts"
    prefix = f"team/x/{run_id}/artifacts"
    assert sorted(bucket.names()) == [
        f"{prefix}/{path}" for path in ("copy/page.html", "notes/a.txt", "report/page.html", "table.json")
    ]
    assert [entry.path for entry in nbtrack.list_artifacts(run_id)] == ["copy", "notes", "report", "table.json"]
    assert json.loads(artifact_path(run_id, "table.json").read_text())["data"] == [[1], [2]]
    bucket.put(f"{prefix}/notes/a.txt", b"jello")
    with pytest.raises(ArtifactChanged, match=r"notes/a\.txt"):
        artifact_path(run_id, "notes/a.txt")


def test_another_process_finds_them_where_they_are_recorded(
    store: Store, experiment_id: str, store_folder: Path
) -> None:
    with nbtrack.start_run(experiment_id=experiment_id) as run:
        nbtrack.log_text("hello", "a.txt")
    nbtrack.flush()
    program = "import sys; from nbtrack.tracking import artifact_path; print(artifact_path(*sys.argv[2:]).read_text())"
    program = f"import nbtrack, sys; nbtrack.set_tracking_uri(sys.argv[1]); {program}"
    command = [sys.executable, "-c", program, str(store_folder), run.info.run_id, "a.txt"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "hello\n"


def test_a_model_is_logged_loaded_and_registered(store: Store, bucket: Bucket, experiment_id: str) -> None:
    frame = pd.DataFrame({"a": [0.0, 1.0], "b": [1.0, 0.0]})
    model = DecisionTreeClassifier().fit(frame, [0, 1])
    with nbtrack.start_run(experiment_id=experiment_id) as run:
        info = nbtrack.sklearn.log_model(model, "models/tree", input_example=frame)
    run_id = run.info.run_id
    assert f"team/x/{run_id}/artifacts/models/tree/MLmodel" in set(bucket.names())
    nbtrack.register_model(info.model_uri, "tree")
    for uri in (f"runs:/{run_id}/models/tree", "models:/tree/1", f"{run.info.artifact_uri}/models/tree"):
        assert list(nbtrack.sklearn.load_model(uri).predict(frame)) == [0, 1]
    assert list(nbtrack.pyfunc.load_model(info.model_uri).predict(frame)) == [0, 1]


def test_a_bucket_that_is_away_breaks_nobodys_code_and_is_told_once(store: Store, bucket: Bucket, capsys) -> None:
    away = nbtrack.create_experiment("away", artifact_location=f"s3://no-{uuid.uuid4().hex}")
    with nbtrack.start_run(experiment_id=away) as run:
        for _ in range(3):
            nbtrack.log_text("x", "a.txt")
        nbtrack.log_metric("m", 1)
    told = [line for line in capsys.readouterr().err.splitlines() if "can't be" in line]
    assert len(told) == 1, told
    assert "s3://no-" in told[0] and SECRET not in told[0]
    assert nbtrack.get_run(run.info.run_id).data.metrics == {"m": 1}


def test_no_secret_is_kept(store: Store, bucket: Bucket, experiment_id: str, store_folder: Path) -> None:
    with pytest.raises(InvalidInput, match="never stored") as raised:
        nbtrack.create_experiment("secret", artifact_location=f"s3://AKIA:{SECRET}@{bucket.name}")
    assert SECRET not in str(raised.value)
    with nbtrack.start_run(experiment_id=experiment_id):
        nbtrack.log_text("x", "a.txt")
    nbtrack.flush()
    kept = [file for file in store_folder.rglob("*") if file.is_file()]
    assert kept
    assert not any(SECRET.encode() in file.read_bytes() for file in kept)


def test_a_folder_may_be_the_location_too(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    chosen = nbtrack.create_experiment("in a folder", artifact_location="shared/artifacts")
    with nbtrack.start_run(experiment_id=chosen) as run:
        nbtrack.log_text("x", "a.txt")
    assert (tmp_path / "shared" / "artifacts" / run.info.run_id / "artifacts" / "a.txt").read_text() == "x"
    assert locate(f"runs:/{run.info.run_id}/a.txt", store).folder.read_text() == "x"
