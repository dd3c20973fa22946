"""Artifacts of a source that lie behind URLs, on a real S3 server on loopback."""

from __future__ import annotations

import json
import sys
import uuid
from pathlib import Path

import pytest

from nbtrack.store import Store
from nbtrack.transfer import Report, import_into
from tests.s3 import SECRET, Bucket
from tests.transfer.mlflow_tables import RUN_ID, write_database
from tests.transfer.mlruns import write_runs

MLMODEL = b"flavors:\n  python_function: {}\n  sklearn: {}\n"


def placed(folder: Path, uri: str) -> Path:
    """Let a run's artifacts lie elsewhere; MLflow leaves the folder for them empty then."""
    with (folder / "meta.yaml").open("a") as meta:
        meta.write(f"artifact_uri: {uri}\n")
    return folder


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    """Give the folders of three runs."""
    return write_runs(tmp_path / "mlruns", 3, "1 0.5 0\n")


def imported(here: Store, folders: list[Path]) -> Report:
    return import_into(here, str(folders[0].parent.parent))


def test_files_come_from_a_bucket_and_come_once(folders: list[Path], here: Store, bucket: Bucket) -> None:
    for folder in folders:
        placed(folder, f"{bucket.url}/ml flow/1/{folder.name}/artifacts")
    first, second, _ = (folder.name for folder in folders)
    bucket.put(f"ml flow/1/{first}/artifacts/a/ünï.txt", b"hello")
    bucket.put(f"ml flow/1/{first}/artifacts/large.bin", bytes(range(256)) * 100_000)
    bucket.put(f"ml flow/1/{second}/artifacts/empty", b"")
    bucket.put(f"ml flow/1/{second}/secret", b"beside the artifacts")
    report = imported(here, folders)
    assert (report.left_out, report.came["artifact"], report.came["artifact byte"]) == ([], 3, 25_600_005)
    assert [str(note) for note in report.notes] == [f"artifacts {bucket.url}: 3 files of the source lie there"]
    assert here.artifacts.local_path(first, "a/ünï.txt").read_bytes() == b"hello"
    assert here.artifacts.local_path(first, "large.bin").read_bytes() == bytes(range(256)) * 100_000
    assert [entry.path for entry in here.artifacts.walk(second)] == ["empty"]
    assert imported(here, folders).came["artifact"] == 0


def test_models_of_a_database_come_from_a_bucket(here: Store, bucket: Bucket, tmp_path: Path) -> None:
    model_id = f"m-{uuid.uuid4().hex}"
    bucket.put(f"models/{model_id}/artifacts/MLmodel", MLMODEL)
    write_database(
        tmp_path / "mlflow.db",
        ("UPDATE runs SET artifact_uri = ?", (f"{bucket.url}/{RUN_ID}",)),
        "CREATE TABLE logged_models (model_id TEXT, experiment_id INTEGER, name TEXT, artifact_location TEXT, "
        "creation_timestamp_ms INTEGER, status INTEGER, lifecycle_stage TEXT, source_run_id TEXT)",
        (
            "INSERT INTO logged_models VALUES (?, 1, 'tree', ?, 1, 2, 'active', ?)",
            (model_id, f"{bucket.url}/models/{model_id}/artifacts", RUN_ID),
        ),
    )
    report = import_into(here, str(tmp_path / "mlflow.db"))
    assert (report.left_out, report.came["model"], report.came["artifact"]) == ([], 1, 1)
    model = here.models.get(model_id)
    assert (model.flavor, model.size_bytes) == ("sklearn", len(MLMODEL))
    assert here.artifacts.local_path(model_id, "MLmodel").read_bytes() == MLMODEL


def test_a_bucket_that_is_not_there_is_one_line(folders: list[Path], here: Store, bucket: Bucket) -> None:
    for folder in folders:
        placed(folder, f"s3://no-such-bucket/1/{folder.name}/artifacts")
    report = imported(here, folders)
    (item,) = report.left_out
    assert (item.kind, item.name) == ("artifacts", "s3://no-such-bucket")
    assert item.reason.startswith("of 3 runs and models did not come, or not all: Nothing can be read at s3://no-such")
    assert "~/.aws" in item.reason
    assert report.came["run"] == 3


def test_a_server_that_is_away_is_asked_once(
    folders: list[Path], here: Store, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_S3_ENDPOINT_URL", "http://127.0.0.1:9")
    for folder in folders:
        placed(folder, f"{bucket.url}/1/{folder.name}/artifacts")
    report = imported(here, folders)
    (item,) = report.left_out
    assert item.name == bucket.url
    assert "of 3 runs" in item.reason and "Could not connect" in item.reason
    assert SECRET not in str(report)
    assert report.came["run"] == 3


def test_files_that_are_left_out_need_no_bucket(folders: list[Path], here: Store) -> None:
    for folder in folders:
        placed(folder, "s3://no-such-bucket/artifacts")
    report = import_into(here, str(folders[0].parent.parent), with_artifacts=False)
    assert report.left_out == []


def test_a_package_that_is_missing_is_named(
    folders: list[Path], here: Store, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "adlfs", None)
    placed(folders[0], "az://container/artifacts")
    report = imported(here, folders)
    assert "nbtrack[azure]" in report.left_out[0].reason


@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        ("http://127.0.0.1:9/artifacts", "URLs of this kind"),
        ("dbfs:/databricks/mlflow", "URLs of this kind"),
        ("memory://place", "URLs of this kind"),
        ("MEMORY://place", "URLs of this kind"),
        ("local:///etc", "URLs of this kind"),
        ("sftp://host/place", "URLs of this kind"),
        ("zip://x::file:///etc", "URLs of this kind"),
        ("s3://bucket/../../etc", "can't be an artifact's path"),
        ("s3://bucket::file:///etc", "can't be kept"),
        ("s3://user:password@bucket/x", "holds a user, password"),
        ("s3://bucket/x?versionId=1", "query"),
        ("s3://", "names no bucket"),
        ("s3://bucket//", "whole bucket"),
        ("s3://[", "URI"),
        ("a\0b", "nowhere"),
        ("x" * 5000, "URI"),
    ],
)
def test_a_hostile_uri_is_not_followed(uri: str, reason: str, folders: list[Path], here: Store, bucket: Bucket) -> None:
    (placed(folders[0], json.dumps(uri)) / "artifacts").rmdir()
    report = imported(here, folders)
    assert (report.came["run"], report.came["artifact"]) == (3, 0)
    assert "password@" not in str(report)
    assert all(item.kind == "artifacts" and reason in item.reason for item in report.left_out), report
    # A folder that is nowhere is none that was left out.
    assert bool(report.left_out) == (reason != "nowhere")
