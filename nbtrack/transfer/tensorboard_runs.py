from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from nbtrack.entities import Batch, Experiment, Lifecycle, NewRun, RegisteredModel, RunStatus
from nbtrack.errors import InvalidInput, MissingPackage
from nbtrack.limits import check_int64
from nbtrack.store import RunRecord, Stretch
from nbtrack.transfer.folders import subfolders
from nbtrack.transfer.report import Report, reporting
from nbtrack.transfer.settled import Settled
from nbtrack.transfer.source import SourceModel, SourceRun, lasting_run_id
from nbtrack.transfer.stamps import stamp_of

MAX_DEPTH = 16
STRETCH_POINTS = 50_000
_MARK = "tfevents"
_START = "_hparams_/session_start_info"


class TensorboardRuns:
    """A log folder of TensorBoard: each folder in it with event files is a run, and their scalars its metrics."""

    def __init__(self, folder: Path, report: Report) -> None:
        try:
            from tensorboard.backend.event_processing import event_file_loader
        except ImportError:
            raise MissingPackage("tensorboard", "Reading event files", "nbtrack[tensorboard]") from None
        self._loader = event_file_loader.EventFileLoader
        self.name = str(folder)
        self._folder, self._report = folder, report
        self._others: Counter[str] = Counter()

    @staticmethod
    def is_one(folder: Path) -> bool:
        return next(_run_folders(folder, depth=0), None) is not None

    def experiments(self) -> Sequence[Experiment]:
        return [Experiment("tensorboard", self._folder.absolute().name, Lifecycle.ACTIVE, 0, 0)]

    def run_count(self, experiment: Experiment) -> int:  # noqa: ARG002 there is one
        return sum(1 for _ in _run_folders(self._folder, depth=0))

    def runs(self, experiment: Experiment, settled: Settled) -> Iterator[SourceRun]:
        for folder in _run_folders(self._folder, depth=0):
            with reporting(self._report, "run", str(folder)):
                remarks = self._report.remarks
                stamp = stamp_of(
                    [(file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in _event_files(folder)]
                )
                if settled.has_run(self._run_id(folder), stamp):
                    continue
                found = self._read(folder)
                record = self._record(folder, found, experiment.experiment_id)
                is_whole = self._report.remarks == remarks
                yield SourceRun(record, partial(_stretches, found), lambda: iter(()), stamp if is_whole else None)

    def models(self, experiment: Experiment, settled: Settled) -> Iterator[SourceModel]:  # noqa: ARG002 there are none
        return iter(())

    def registered_models(self) -> Iterator[RegisteredModel]:
        return iter(())

    def close(self) -> None:
        for kind, count in self._others.items():
            self._report.note("summary", kind, f"{count} of them are not scalars, and were not copied")

    def _record(self, folder: Path, found: _Found, experiment_id: str) -> RunRecord:
        started, ended = found.span_ms
        new = NewRun(
            self._run_id(folder),
            self._name(folder),
            experiment_id,
            started,
            status=RunStatus.FINISHED,
            ended_at_ms=ended,
            batch=Batch(params=found.params),
        )
        return RunRecord(new)

    def _name(self, folder: Path) -> str:
        return str(folder.relative_to(self._folder)) if folder != self._folder else folder.absolute().name

    def _run_id(self, folder: Path) -> str:
        # The name of an event file tells when and where it was written: it stays when the folder is moved.
        return lasting_run_id(f"tensorboard:{self._name(folder)}:{_event_files(folder)[0].name}")

    def _read(self, folder: Path) -> _Found:
        from google.protobuf.message import DecodeError
        from tensorboard.compat.tensorflow_stub.errors import DataLossError

        # A length of a terabyte is a MemoryError before anything of it is read.
        damages = (DataLossError, DecodeError, ValueError, OverflowError, MemoryError, TypeError)

        found = _Found()
        for file in _event_files(folder):
            try:
                for event in self._loader(str(file)).Load():
                    self._take(event, found)
            except damages as error:
                self._report.leave_out("event", str(file), f"the rest can't be read: {str(error) or repr(error)}")
        return found

    def _take(self, event: Any, found: _Found) -> None:
        at_ms = check_int64(round(event.wall_time * 1000), "time")
        found.span_ms = (min(found.span_ms[0] or at_ms, at_ms), max(found.span_ms[1], at_ms))
        for value in event.summary.value:
            kind = value.metadata.plugin_data.plugin_name
            if value.tag == _START:
                found.params.update(_hparams(value.metadata.plugin_data.content))
            elif kind == "scalars":
                found.add(value.tag, event.step, at_ms, _scalar(value))
            elif kind != "hparams":
                self._others[kind or "others"] += 1


@dataclass
class _Found:
    """What is in a run's event files; a point takes 24 bytes."""

    params: dict[str, str] = field(default_factory=dict)
    span_ms: tuple[int, int] = (0, 0)
    points: dict[str, tuple[array[int], array[int], array[float]]] = field(default_factory=dict)

    def add(self, key: str, step: int, at_ms: int, value: float) -> None:
        if key not in self.points:
            self.points[key] = (array("q"), array("q"), array("d"))
        steps, times, numbers = self.points[key]
        steps.append(step)
        times.append(at_ms)
        numbers.append(value)


def _stretches(found: _Found) -> Iterator[Stretch]:
    for key, (steps, times, numbers) in sorted(found.points.items()):
        for start in range(0, len(steps), STRETCH_POINTS):
            part = slice(start, start + STRETCH_POINTS)
            yield key, list(zip(steps[part], times[part], numbers[part], strict=True))


def _scalar(value: Any) -> float:
    from tensorboard.util.tensor_util import make_ndarray

    # A tensor says how large it is, and gets that large, however little it holds.
    if math.prod(dim.size for dim in value.tensor.tensor_shape.dim) != 1:
        raise InvalidInput(f"{value.tag!r} is no single number.")
    return float(make_ndarray(value.tensor).item())


def _hparams(content: bytes) -> dict[str, str]:
    """Return the hyperparameters of a session as params."""
    from google.protobuf.message import DecodeError
    from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

    try:
        session = HParamsPluginData.FromString(content).session_start_info
    except DecodeError as error:
        raise InvalidInput(f"its hyperparameters can't be read: {error}") from None
    return {key: _text(value) for key, value in session.hparams.items()}


def _text(value: Any) -> str:
    """Return a protobuf Value as Python writes it: numbers are all floats there."""
    plain = getattr(value, value.WhichOneof("kind"))
    return str(int(plain)) if isinstance(plain, float) and plain.is_integer() else str(plain)


def _run_folders(folder: Path, *, depth: int) -> Iterator[Path]:
    if _event_files(folder):
        yield folder
    if depth < MAX_DEPTH:
        for below in subfolders(folder):
            yield from _run_folders(below, depth=depth + 1)


def _event_files(folder: Path) -> list[Path]:
    """Return a folder's own event files, by name, and so by time."""
    files = (path for path in folder.glob(f"*{_MARK}*") if path.is_file() and not path.is_symlink())
    return sorted(files)
