"""Reading artifacts back under the names that MLflow's users know."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import nbtrack
from nbtrack.errors import ArtifactNotFound, InvalidInput, InvalidPath, RunNotFound
from nbtrack.store import Store
from tests.s3 import Bucket


@pytest.fixture
def run_id(store: Store) -> str:
    with nbtrack.start_run() as run:
        nbtrack.log_text("grün", "notes/a.txt")
        nbtrack.log_dict({"a": [1]}, "a.json")
        nbtrack.log_dict({"a": [1]}, "a.yaml")
        nbtrack.log_image(np.zeros((2, 3)), "i.png")
    return run.info.run_id


def test_artifacts_are_read_by_uri(run_id: str) -> None:
    assert nbtrack.artifacts.load_text(f"runs:/{run_id}/notes/a.txt") == "grün"
    for name in ("a.json", "a.yaml"):
        assert nbtrack.artifacts.load_dict(f"runs:/{run_id}/{name}") == {"a": [1]}
    assert nbtrack.artifacts.load_image(f"runs:/{run_id}/i.png").size == (3, 2)
    with pytest.raises(InvalidInput, match="JSON or YAML"):
        nbtrack.artifacts.load_dict(f"runs:/{run_id}/notes/a.txt")


def test_artifacts_are_listed_by_uri_and_by_run(run_id: str) -> None:
    for named in ({"artifact_uri": f"runs:/{run_id}/notes"}, {"run_id": run_id, "artifact_path": "notes"}):
        assert [entry.path for entry in nbtrack.artifacts.list_artifacts(**named)] == ["notes/a.txt"]
    assert len(nbtrack.artifacts.list_artifacts(run_id=run_id)) == 4


def test_a_download_goes_where_it_is_wanted(run_id: str, tmp_path: Path) -> None:
    folder = nbtrack.artifacts.download_artifacts(f"runs:/{run_id}/notes", dst_path=tmp_path / "copy")
    assert folder == str(tmp_path / "copy" / "notes")
    assert (tmp_path / "copy" / "notes" / "a.txt").read_text() == "grün"
    whole = nbtrack.artifacts.download_artifacts(run_id=run_id, dst_path=tmp_path / "whole")
    assert sorted(file.name for file in Path(whole).iterdir()) == ["a.json", "a.yaml", "i.png", "notes"]
    assert Path(nbtrack.artifacts.download_artifacts(run_id=run_id, artifact_path="a.json")).read_text()
    copy = nbtrack.artifacts.download_artifacts(str(tmp_path / "whole" / "notes"), dst_path=tmp_path / "again")
    assert (Path(copy) / "a.txt").read_text() == "grün"


def test_what_lies_behind_a_url_is_read_without_a_run(store: Store, bucket: Bucket, tmp_path: Path) -> None:
    bucket.put("some/text.txt", b"hello")
    assert nbtrack.artifacts.load_text(f"{bucket.url}/some/text.txt") == "hello"
    folder = nbtrack.artifacts.download_artifacts(f"{bucket.url}/some", dst_path=tmp_path)
    assert (Path(folder) / "text.txt").read_text() == "hello"


def test_mistakes_are_named(run_id: str) -> None:
    for named in (
        {},
        {"artifact_uri": "runs:/x/y", "run_id": run_id},
        {"artifact_uri": "runs:/x", "artifact_path": "y"},
    ):
        with pytest.raises(TypeError):
            nbtrack.artifacts.download_artifacts(**named)
    with pytest.raises(ArtifactNotFound):
        nbtrack.artifacts.load_text(f"runs:/{run_id}/missing.txt")
    with pytest.raises(InvalidPath):
        nbtrack.artifacts.load_text(f"runs:/{run_id}/../../nbtrack.db")
    with pytest.raises((RunNotFound, ArtifactNotFound)):
        nbtrack.artifacts.load_text(f"runs:/{'0' * 32}/a.txt")
