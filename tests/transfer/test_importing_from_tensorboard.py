from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from pathlib import Path

import pytest
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c
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


def record(event: bytes, length: int | None = None) -> bytes:
    """Frame an event as event files do; ``length`` may lie."""
    header = struct.pack("<Q", len(event) if length is None else length)
    return header + struct.pack("<I", masked_crc32c(header)) + event + struct.pack("<I", masked_crc32c(event))


def scalar(value: float, wall_time: float, shape: Sequence[int] = ()) -> bytes:
    tensor = TensorProto(dtype=1, float_val=[value])
    for size in shape:
        tensor.tensor_shape.dim.add(size=size)
    event = Event(wall_time=wall_time, step=1)
    added = event.summary.value.add(tag="loss", tensor=tensor)
    added.metadata.plugin_data.plugin_name = "scalars"
    return event.SerializeToString()


@pytest.mark.parametrize(
    "hostile",
    [
        record(b"x", 2**63),
        record(b"x", 2**40),
        record(b"\xff" * 10),
        record(scalar(1.0, 1.0, (10**6, 10**6))),
        record(scalar(1.0, 1.0, (0,))),
        record(scalar(1.0, math.inf)),
        record(scalar(1.0, math.nan)),
        record(scalar(1.0, 1e300)),
    ],
)
def test_a_hostile_record_ends_what_is_read_of_its_file(hostile: bytes, here: Store, tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    file = tmp_path / "logs" / "events.out.tfevents.1"
    file.write_bytes(record(scalar(0.5, 1.0)) + hostile + record(scalar(0.25, 2.0)))
    report = import_into(here, str(tmp_path / "logs"))
    assert [item.kind for item in report.left_out] == ["event"]
    assert (report.came["run"], report.came["point"]) == (1, 1)
