from __future__ import annotations

import csv
import math
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyarrow import parquet

from nbtrack.errors import AlreadyExists
from nbtrack.store import Store, open_store
from nbtrack.transfer import Choice, Report, export_from, import_into, open_destination
from tests.environments import without_trackers
from tests.transfer.contents import VALUES, fill


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Store]:
    store = open_store(str(tmp_path / "there"))
    yield store
    store.close()


def export(store: Store, path: Path, kind: str) -> Report:
    report = Report(store.uri, str(path))
    target = open_destination(str(path), kind, report, with_artifacts=True)
    export_from(store, target, report, choice=Choice())
    return report


READ_WITH_MLFLOW = """
import math, os, sys
os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
import mlflow
from mlflow.entities import ViewType

folder, first, values = sys.argv[1], sys.argv[2], [float(value) for value in sys.argv[3:]]
mlflow.set_tracking_uri("file://" + folder)
client = mlflow.MlflowClient()
assert {each.name for each in client.search_experiments()} == {"Default", "wine"}
assert {each.name for each in client.search_experiments(view_type=ViewType.DELETED_ONLY)} == {"gone"}
run = client.get_run(first)
assert (run.info.run_name, run.info.status, run.info.start_time, run.info.end_time) == ("first", "FINISHED", 10, 30)
assert run.data.params == {"depth": "8"}, run.data.params
assert run.data.tags["note"] == "a"
points = client.get_metric_history(first, "loss")
assert len(points) == len(values) + 2
at_steps = {point.step: point.value for point in points if point.timestamp >= 100}
assert all(at_steps[step] == value or math.isnan(value) for step, value in enumerate(values)), at_steps
(used,) = run.inputs.dataset_inputs
assert (used.dataset.name, used.dataset.digest, used.tags[0].value) == ("X", "abc", "v") or len(used.tags) == 2
assert mlflow.artifacts.load_text(run.info.artifact_uri + "/a/b.txt") == "hello"
(experiment,) = client.search_experiments(filter_string="name = 'wine'")
assert experiment.tags["owner"] == "ada 🦌"
models = mlflow.search_logged_models([experiment.experiment_id], output_format="list")
assert {model.name for model in models} == {"model", "apart"}
(apart,) = [model for model in models if model.name == "apart"]
assert (apart.params, apart.tags["t"], apart.source_run_id) == ({"a": "1"}, "2", first)
assert client.get_model_version_by_alias("tree", "champion").version in (1, "1")
second = client.get_model_version("tree", "2")
assert (second.current_stage, second.tags, second.source) == ("Production", {"ok": "yes"}, f"models:/{apart.model_id}")
"""


def test_mlflow_reads_what_was_exported_for_it(there: Store, here: Store, tmp_path: Path) -> None:
    first, *_ = fill(there)
    report = export(there, tmp_path / "mlruns", "mlflow")
    assert [(item.kind, item.reason[:6]) for item in report.left_out] == [("param", "MLflow")]
    arguments = [str(tmp_path / "mlruns"), first, *map(repr, VALUES)]
    command = [sys.executable, "-W", "ignore", "-c", READ_WITH_MLFLOW, *arguments]
    read = subprocess.run(command, capture_output=True, text=True, timeout=150, env=without_trackers())
    assert read.returncode == 0, read.stderr
    # And it comes back.
    back = import_into(here, str(tmp_path / "mlruns"))
    assert back.left_out == []
    assert (back.came["run"], back.came["point"]) == (report.came["run"], report.came["point"])


def test_keys_that_files_cannot_have_are_named(there: Store, tmp_path: Path) -> None:
    from nbtrack.entities import Batch, NewRun

    batch = Batch(params={"a": "1", "a/b": "2", ".": "3", "🦌" * 200: "4"})
    there.runs.create([NewRun("a" * 32, "r", "0", 1, batch=batch)])
    report = export(there, tmp_path / "mlruns", "mlflow")
    assert len(report.left_out) == 3
    assert report.came["run"] == 1


def test_tables_hold_runs_and_points_exactly(there: Store, tmp_path: Path) -> None:
    first, *others = fill(there)
    export(there, tmp_path / "csv", "csv")
    with (tmp_path / "csv" / "runs.csv").open(newline="") as file:
        runs = {row["run_id"]: row for row in csv.DictReader(file)}
    assert set(runs) == {first, *others}
    assert (runs[first]["experiment"], runs[first]["params.🦌"], runs[first]["start_time"]) == (
        "wine",
        "x\ny",
        "1970-01-01T00:00:00.010+00:00",
    )
    assert float(runs[first]["metrics.loss"]) == VALUES[-1]
    assert runs[others[0]]["metrics.loss"] == runs[others[0]]["params.depth"] == ""
    with (tmp_path / "csv" / "metrics.csv").open(newline="") as file:
        points = [row for row in csv.DictReader(file) if row["key"] == "loss"]
    assert [repr(float(row["value"])) for row in points] == [repr(value) for value in [*VALUES, 0.25, 0.25]]


def test_parquet_tables_have_types(there: Store, tmp_path: Path) -> None:
    first, *_ = fill(there)
    export(there, tmp_path / "tables", "parquet")
    runs = parquet.read_table(tmp_path / "tables" / "runs.parquet")
    (row,) = [row for row in runs.to_pylist() if row["run_id"] == first]
    assert (row["metrics.loss"], row["params.depth"], row["end_time"].microsecond) == (VALUES[-1], "8", 30_000)
    points = parquet.read_table(tmp_path / "tables" / "metrics.parquet").to_pylist()
    values = [point["value"] for point in points if point["key"] == "loss"]
    assert [math.isnan(value) for value in values].count(True) == 1
    assert len(points) == len(VALUES) + 3


@pytest.mark.parametrize("kind", ["mlflow", "csv"])
def test_a_folder_with_something_in_it_is_left_alone(kind: str, there: Store, tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "mine.txt").write_text("mine")
    with pytest.raises(AlreadyExists, match="delete it"):
        export(there, tmp_path / "taken", kind)
    assert [entry.name for entry in (tmp_path / "taken").iterdir()] == ["mine.txt"]
