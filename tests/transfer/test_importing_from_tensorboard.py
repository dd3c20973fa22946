from __future__ import annotations

import math
from pathlib import Path

import pytest
from tensorboardX import SummaryWriter

from nbtrack.store import RunQuery, Store
from nbtrack.transfer import import_into


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    folder = tmp_path / "logs"
    with SummaryWriter(str(folder / "first")) as writer:
        for step in range(100):
            writer.add_scalar("train/loss", 1 / (step + 1), step)
        writer.add_scalar("worst", math.inf, 3)
        writer.add_text("note", "hello")
        writer.add_hparams({"lr": 0.5, "depth": 8, "kind": "tree"}, {"acc": 0.75}, name="session")
    return folder


def test_scalars_become_metrics_and_hyperparameters_params(logs: Path, here: Store) -> None:
    report = import_into(here, str(logs))
    assert report.left_out == []
    runs = {run.info.run_name: run for run in here.runs.search(RunQuery()).runs}
    assert set(runs) == {"first", "first/session"}
    points = here.metrics.history(runs["first"].info.run_id, "train/loss").points
    assert [(point.step, round(point.value, 6)) for point in points[:2]] == [(0, 1.0), (1, 0.5)]
    assert runs["first"].data.metrics["worst"] == math.inf
    assert runs["first/session"].data.params == {"lr": "0.5", "depth": "8", "kind": "tree"}
    assert here.experiments.get(runs["first"].info.experiment_id).name == "logs"
    assert [note.kind for note in report.notes] == ["summary"]


def test_importing_again_doubles_nothing_also_from_where_it_was_moved_to(
    logs: Path, here: Store, tmp_path: Path
) -> None:
    import_into(here, str(logs))
    (tmp_path / "elsewhere").mkdir()
    logs.rename(tmp_path / "elsewhere" / "logs")
    again = import_into(here, str(tmp_path / "elsewhere" / "logs"))
    assert sum(again.came.values()) == 0


def test_a_file_that_breaks_off_gives_what_is_before(logs: Path, here: Store) -> None:
    (file,) = (logs / "first").glob("*tfevents*")
    file.write_bytes(file.read_bytes()[:-10] + b"\xff" * 10)
    import_into(here, str(logs))
    (run,) = [run for run in here.runs.search(RunQuery()).runs if run.info.run_name == "first"]
    assert here.metrics.history(run.info.run_id, "train/loss").total == 100
