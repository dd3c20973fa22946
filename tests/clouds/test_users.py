"""An experiment whose artifacts lie in a cloud, through what users call."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from sklearn.tree import DecisionTreeClassifier

import nbtrack
from nbtrack.store import Store
from nbtrack.tracking.doctor import examine
from nbtrack.transfer import import_into
from tests.clouds.place import CloudPlace
from tests.transfer.mlruns import write_runs

pytestmark = pytest.mark.filterwarnings("ignore:Sending a large body directly:ResourceWarning")


@pytest.fixture(params=["container", "gcs_bucket"])
def place(request: pytest.FixtureRequest) -> CloudPlace:
    found: CloudPlace = request.getfixturevalue(request.param)
    return found


def test_what_is_logged_lies_in_the_cloud_and_comes_back(
    place: CloudPlace, store: Store, store_folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "page.html").write_bytes(b"<p>" * 3_000_000)
    experiment_id = nbtrack.create_experiment("in the cloud", artifact_location=f"{place.url}/team/x")
    frame = pd.DataFrame({"a": [0.0, 1.0]})
    with nbtrack.start_run(experiment_id=experiment_id) as run:
        run_id = run.info.run_id
        nbtrack.log_artifact(tmp_path / "report" / "page.html")
        nbtrack.log_artifacts(tmp_path / "report", "copy")
        nbtrack.sklearn.log_model(DecisionTreeClassifier().fit(frame, [0, 1]), "tree")
    nbtrack.flush()
    prefix = f"team/x/{run_id}/artifacts"
    assert {f"{prefix}/page.html", f"{prefix}/copy/page.html", f"{prefix}/tree/MLmodel"} <= set(place.names())
    assert {entry.path for entry in nbtrack.list_artifacts(run_id)} == {"copy", "page.html", "tree"}
    copy = Path(nbtrack.artifacts.download_artifacts(run_id=run_id, artifact_path="copy", dst_path=str(tmp_path)))
    assert (copy / "page.html").read_bytes() == b"<p>" * 3_000_000
    assert list(nbtrack.sklearn.load_model(f"{place.url}/{prefix}/tree").predict(frame)) == [0, 1]
    assert list(examine(str(store_folder), checksums=True).findings) == []
    place.put(f"{prefix}/page.html", b"changed")
    assert "page.html" in str(examine(str(store_folder), checksums=True).findings)


def test_an_import_brings_files_from_the_cloud(place: CloudPlace, store: Store, tmp_path: Path) -> None:
    (folder,) = write_runs(tmp_path / "mlruns", 1, "1 0.5 0\n")
    with (folder / "meta.yaml").open("a") as meta:
        meta.write(f"artifact_uri: {place.url}/ml flow/{folder.name}/artifacts\n")
    place.put(f"ml flow/{folder.name}/artifacts/a/ünï.txt", b"hello")
    place.put(f"ml flow/{folder.name}/secret", b"beside the artifacts")
    report = import_into(store, str(tmp_path / "mlruns"))
    assert (report.left_out, report.came["artifact"]) == ([], 1)
    assert store.artifacts.local_path(folder.name, "a/ünï.txt").read_bytes() == b"hello"
