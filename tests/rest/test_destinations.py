"""Where the server keeps artifacts, by its options: on disk and on S3, for MLflow's clients and for nbtrack's own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from nbtrack.entities import NewRun
from nbtrack.errors import ExperimentNotFound
from nbtrack.store import Store, open_store
from tests.environments import without_trackers
from tests.rest.running import ROOT, RestServer, running
from tests.s3 import Bucket

PROXY = "/api/2.0/mlflow-artifacts/artifacts"
OWN_CLIENT = """
import sys, nbtrack as mlflow
mlflow.set_tracking_uri(sys.argv[1])
mlflow.set_experiment(sys.argv[2])
with mlflow.start_run() as run:
    mlflow.log_metric("loss", 0.5)
    mlflow.log_text("hello", "notes/a.txt")
assert mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/notes/a.txt") == "hello"
assert mlflow.get_run(run.info.run_id).info.artifact_uri == run.info.artifact_uri
print(run.info.run_id, run.info.artifact_uri)
"""


def logged_by_nbtrack(server: RestServer, folder: Path, experiment: str, *, knows_s3: bool) -> tuple[str, str]:
    """Log from a process of its own, and return the run's id and where it says that its artifacts are."""
    environment = {name: value for name, value in without_trackers().items() if knows_s3 or "AWS" not in name}
    environment["PYTHONPATH"] = f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
    command = [sys.executable, "-c", OWN_CLIENT, server.url, experiment]
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    run_id, uri = done.stdout.split()[-2:]
    return run_id, uri


@contextmanager
def opened(uri: str) -> Iterator[Store]:
    store = open_store(uri)
    yield store
    store.close()


def test_nbtracks_own_client_keeps_files_at_the_destination(tmp_path: Path) -> None:
    with running(tmp_path, "--artifacts-destination", str(tmp_path / "elsewhere")) as server:
        run_id, uri = logged_by_nbtrack(server, tmp_path, "Default", knows_s3=False)
        assert uri == f"mlflow-artifacts:/{run_id}/artifacts"
        assert (tmp_path / "elsewhere" / run_id / "artifacts" / "notes" / "a.txt").read_text() == "hello"
        assert not (tmp_path / "store" / "artifacts" / run_id).exists()
        with opened(server.url) as store:
            store.runs.create([NewRun("a" * 32, "later", "12345", 1, experiment_name="named while away")])
            with pytest.raises(ExperimentNotFound):
                store.runs.create([NewRun("b" * 32, "nowhere", "54321", 1)])
        assert server.store.artifacts.uri("a" * 32) == str(tmp_path / "elsewhere" / ("a" * 32) / "artifacts")


def test_a_destination_on_s3_is_behind_the_server_for_all_clients(tmp_path: Path, bucket: Bucket) -> None:
    with running(tmp_path, "--artifacts-destination", f"{bucket.url}/kept") as server:
        run_id, uri = logged_by_nbtrack(server, tmp_path, "Default", knows_s3=False)
        assert uri == f"mlflow-artifacts:/{run_id}/artifacts"
        assert bucket.names() == [f"kept/{run_id}/artifacts/notes/a.txt"]
        with opened(server.url) as store:
            assert "s3://" not in str(store.runs.get(run_id))
        other = server.new_run()
        place = f"{PROXY}/0/{other}/artifacts/deep/x.bin"
        assert server.http.put(place, content=b"x" * 20_000_000).status_code == 200
        assert bucket.get(f"kept/{other}/artifacts/deep/x.bin") == b"x" * 20_000_000
        assert server.http.get(place, headers={"Range": "bytes=5-9"}).content == b"xxxxx"
        assert server.http.get(PROXY, params={"path": f"0/{other}/artifacts/deep"}).json()["files"] == [
            {"path": "x.bin", "is_dir": False, "file_size": 20_000_000}
        ]
        assert server.http.delete(f"{PROXY}/0/{other}/artifacts/deep").json() == {}
        assert bucket.uploads() == []
        assert not [name for name in bucket.names() if other in name]


def test_a_root_on_s3_is_the_clients_own_business(tmp_path: Path, bucket: Bucket) -> None:
    with running(tmp_path, "--artifact-root", f"{bucket.url}/root") as server:
        experiment_id = server.new_experiment("far")
        experiment = server.get("/experiments/get", experiment_id=experiment_id).json()["experiment"]
        assert experiment["artifact_location"] == f"{bucket.url}/root/{experiment_id}"
        run_id, uri = logged_by_nbtrack(server, tmp_path, "far", knows_s3=True)
        assert uri == f"{bucket.url}/root/{experiment_id}/{run_id}/artifacts"
        assert bucket.names() == [f"root/{experiment_id}/{run_id}/artifacts/notes/a.txt"]
        refused = server.http.put(f"{PROXY}/{experiment_id}/{run_id}/artifacts/x.txt", content=b"x")
        assert (refused.status_code, refused.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
        listed = server.get("/artifacts/list", run_id=run_id)
        assert listed.status_code == 400
