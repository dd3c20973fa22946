from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nbtrack.entities import Batch, Metric, NewRun, RunStatus
from nbtrack.store import RunQuery, Store, open_store
from nbtrack.transfer import Choice, Report, export_from, open_destination
from tests.store.tracking_servers import MlflowProcess, ServerProcess, needs_mlflow
from tests.transfer.contents import fill

POINTS = 10


@pytest.fixture(params=["nbtrack", pytest.param("mlflow", marks=needs_mlflow)])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ServerProcess]:
    started = (MlflowProcess if request.param == "mlflow" else ServerProcess)(tmp_path)
    started.start()
    yield started
    started.kill()


def export(store: Store, url: str) -> Report:
    report = Report(store.uri, url)
    export_from(store, open_destination(url, None, report, with_artifacts=True), report, choice=Choice())
    return report


def test_runs_come_to_a_server_whole_and_once(here: Store, server: ServerProcess) -> None:
    first, second, *_ = fill(here)
    child = "c" * 32
    here.runs.create([_child_of(second, child, here.runs.get(first).info.experiment_id)])
    is_mlflow = isinstance(server, MlflowProcess)
    report = export(here, server.url)
    left_out = [(item.kind, item.name[:7]) for item in report.left_out]
    assert (report.came["run"], report.came["point"], report.came["artifact"] > 1) == (3, POINTS, True), report
    assert sorted(note.kind for note in report.notes)[:2] == ["experiment", "run"]
    there = open_store(server.url)
    run, original = there.runs.get(first), here.runs.get(first)
    assert (run.info.run_name, run.info.status, run.info.start_time, run.info.end_time) == ("first", "FINISHED", 10, 30)
    expected = {key: value for key, value in original.data.params.items() if key.isascii() or not is_mlflow}
    assert run.data.params == expected
    assert run.data.tags["note"] == "a"
    assert there.experiments.get(run.info.experiment_id).name == "wine"
    assert run.inputs.dataset_inputs[0].dataset.digest == "abc"
    assert [found.run_id for found in there.runs.children(second)] == [child]
    assert [cell.source for cell in there.sessions.cells(first)] == ["fit()"]
    environment = there.sessions.environment(first)
    assert environment is not None and environment.packages == {"numpy": "2.0"}
    with there.artifacts.open(first, "a/b.txt") as file:
        assert file.read() == b"hello"
    # An MLflow server keeps one of two equal points.
    assert there.metrics.history(first, "loss").total == (POINTS - 2 if is_mlflow else POINTS - 1)
    assert there.registry.version_by_alias("tree", "champion").source == f"runs:/{first}/model"
    if is_mlflow:
        # A key that it does not take, and a model of which NaN was measured, with its version.
        assert left_out == [("param", "'🦌' of "), ("model", left_out[1][1]), ("model version", "tree/2")]
    else:
        assert left_out == [], report.left_out
        assert there.registry.get("tree").versions[0].current_stage == "Production"
    again = export(here, server.url)
    assert sum(again.came.values()) == 0, again
    there.close()


def test_a_run_that_grew_since_is_brought_up_to_date(here: Store, server: ServerProcess) -> None:
    run_id = "a" * 32
    here.runs.create([_child_of(None, run_id, "0")])
    here.runs.log(run_id, Batch((Metric("loss", 1.0, 1, 0),), {"depth": "1"}))
    export(here, server.url)
    here.runs.log(run_id, Batch((Metric("loss", 0.5, 2, 1), Metric("acc", 0.1, 2, 1)), {"seed": "2"}, {"new": "1"}))
    here.runs.log(run_id, Batch(status=RunStatus.FAILED, ended_at_ms=9))
    here.artifacts.put_bytes(run_id, "late.txt", b"late")
    report = export(here, server.url)
    assert (report.came["run"], report.came["point"], report.came["param"], report.came["artifact"]) == (0, 2, 1, 1)
    there = open_store(server.url)
    run = there.runs.get(run_id)
    assert (run.info.status, run.info.end_time, run.data.params) == ("FAILED", 9, {"depth": "1", "seed": "2"})
    assert [point.value for point in there.metrics.history(run_id, "loss").points] == [1.0, 0.5]
    assert len(there.runs.search(RunQuery()).runs) == 1
    there.close()


def _child_of(parent: str | None, run_id: str, experiment_id: str) -> NewRun:
    return NewRun(run_id, "child", experiment_id, 60, parent_run_id=parent)
