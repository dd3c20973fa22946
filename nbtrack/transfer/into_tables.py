from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from nbtrack.entities import Experiment, RegisteredModel
from nbtrack.store import Stretch
from nbtrack.transfer.new_folder import NewFolder
from nbtrack.transfer.report import Report, reporting
from nbtrack.transfer.settled import Settled
from nbtrack.transfer.source import SourceModel, SourceRun
from nbtrack.transfer.tables import Column, ColumnKind, CsvFile, ParquetFile, Row, TableFile

_FORMATS: Mapping[str, Callable[[Path, Sequence[Column]], TableFile]] = {"csv": CsvFile, "parquet": ParquetFile}
_RUN_COLUMNS = (
    Column("run_id"),
    Column("run_name"),
    Column("experiment"),
    Column("status"),
    Column("lifecycle_stage"),
    Column("start_time", ColumnKind.TIME),
    Column("end_time", ColumnKind.TIME),
    Column("user"),
    Column("parent_run_id"),
)
_POINT_COLUMNS = (
    Column("run_id"),
    Column("key"),
    Column("step", ColumnKind.INTEGER),
    Column("time", ColumnKind.TIME),
    Column("value", ColumnKind.NUMBER),
)
_ROWS_AT_ONCE = 10_000


class IntoTables:
    """Copies into a new folder with two tables: ``runs``, a run a row, and ``metrics``, a point a row.

    Parameters
    ----------
    kind
        ``csv`` or ``parquet``.
    """

    def __init__(self, folder: Path, report: Report, *, kind: str) -> None:
        self.name = str(folder)
        self._kind, self._report = kind, report
        self._folder = NewFolder(folder)
        self._points = self._table("metrics", _POINT_COLUMNS)
        # Which columns the runs have is known when the last one has been seen.
        self._rows = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 it is closed in close()
        self._keys: dict[str, set[str]] = {"metrics": set(), "params": set(), "tags": set()}
        self._experiments: dict[str, str] = {}

    def experiment(self, experiment: Experiment) -> None:
        self._experiments[experiment.experiment_id] = experiment.name

    def settled(self, experiment: Experiment) -> Settled:  # noqa: ARG002 nothing is remembered there
        return Settled(self._report)

    def runs(self, runs: Sequence[SourceRun]) -> None:
        for run in runs:
            with reporting(self._report, "run", run.record.run_id):
                self._add(run)

    def model(self, model: SourceModel) -> None:
        """The tables hold runs and points."""

    def registered_model(self, model: RegisteredModel) -> None:
        """The tables hold runs and points."""

    def finish(self) -> None:
        keyed = [(part, key) for part, keys in self._keys.items() for key in sorted(keys)]
        kinds = {"metrics": ColumnKind.NUMBER}
        columns = [Column(f"{part}.{key}", kinds.get(part, ColumnKind.TEXT)) for part, key in keyed]
        table = self._table("runs", [*_RUN_COLUMNS, *columns])
        try:
            rows = self._run_rows(keyed)
            while some := list(islice(rows, _ROWS_AT_ONCE)):
                table.write(some)
        finally:
            table.close()
        self._points.close()
        self._folder.finish()

    def close(self) -> None:
        self._rows.close()
        self._points.close()
        self._folder.discard()

    def _table(self, name: str, columns: Sequence[Column]) -> TableFile:
        return _FORMATS[self._kind](self._folder.partial / f"{name}.{self._kind}", columns)

    def _add(self, run: SourceRun) -> None:
        record, new = run.record, run.record.new
        fixed = (
            record.run_id,
            new.name,
            self._experiments[new.experiment_id],
            new.status.value,
            record.lifecycle.value,
            new.started_at_ms,
            new.ended_at_ms,
            new.user,
            new.parent_run_id,
        )
        keyed: dict[str, dict[str, Any]] = {
            "metrics": self._write_points(record.run_id, run.points()),
            "params": dict(new.batch.params),
            "tags": dict(new.batch.tags),
        }
        for part, values in keyed.items():
            self._keys[part].update(values)
        self._rows.write(json.dumps([fixed, keyed]) + "\n")
        self._report.came["run"] += 1

    def _write_points(self, run_id: str, stretches: Iterator[Stretch]) -> dict[str, float]:
        """Write a run's points; return the last value of each metric: that of the highest step, then time."""
        last: dict[str, tuple[int, int, float]] = {}
        for key, points in stretches:
            self._points.write([(run_id, key, *point) for point in points])
            self._report.came["point"] += len(points)
            for point in points:
                if key not in last or point[:2] >= last[key][:2]:
                    last[key] = point
        return {key: value for key, (_, _, value) in last.items()}

    def _run_rows(self, keyed: Sequence[tuple[str, str]]) -> Iterator[Row]:
        self._rows.seek(0)
        for line in self._rows:
            fixed: list[Any]
            values: dict[str, dict[str, Any]]
            fixed, values = json.loads(line)
            yield [*fixed, *(values[part].get(key) for part, key in keyed)]
