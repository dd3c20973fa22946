"""What the frames of a segment hold: points of series, series by number, and batches.

Points are by far the most, so they are fixed and short; a series (a metric of a run) is named once in each segment.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nbtrack.entities import (
    Batch,
    CellExecution,
    ColumnSchema,
    Dataset,
    DatasetInput,
    Environment,
    Lifecycle,
    LoggedModel,
    Metric,
    ModelMetric,
    ModelOutput,
    ModelStatus,
    NewRun,
    RunOrigin,
    RunStatus,
    Session,
    StoredFile,
)
from nbtrack.store import Delivery

POINTS, SERIES, BATCH, RUNS = 1, 2, 3, 4
_POINT = struct.Struct("<Iqqd")
_ONE_POINT = struct.Struct("<BIqqd")

Point = tuple[int, int, int, float]
"""Number of the series, step, milliseconds since the epoch, value."""


def point_payload(series: int, step: int, at_ms: int, value: float) -> bytes:
    return _ONE_POINT.pack(POINTS, series, step, at_ms, value)


def points_payload(points: Iterable[Point]) -> bytes:
    return b"".join((b"\x01", *(_POINT.pack(*point) for point in points)))


def series_payload(number: int, run_id: str, key: str) -> bytes:
    return bytes([SERIES]) + json.dumps([number, run_id, key]).encode()


def batch_payload(run_id: str, batch: Batch) -> bytes:
    return bytes([BATCH]) + json.dumps([run_id, _document(batch)]).encode()


def runs_payload(session: Session | None, new_runs: Sequence[NewRun]) -> bytes:
    document = [None if session is None else vars(session), [_run_document(new) for new in new_runs]]
    return bytes([RUNS]) + json.dumps(document).encode()


@dataclass
class Content:
    """What a stretch of a segment holds."""

    points: dict[tuple[str, str], list[tuple[int, int, float]]] = field(default_factory=dict)
    """Steps, times and values, by run id and key."""
    batches: list[tuple[str, Batch]] = field(default_factory=list)
    new_runs: list[NewRun] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.points or self.batches or self.new_runs or self.sessions)

    def delivery(self, segment: str, start: int, end: int) -> Delivery:
        return Delivery(segment, start, end, self.points, self.batches, self.new_runs, self.sessions)

    def add_points(self, points: Iterable[Point], series: Mapping[int, tuple[str, str]]) -> None:
        by_series: dict[int, list[tuple[int, int, float]]] = {}
        for number, step, at_ms, value in points:
            rows = by_series.get(number)
            if rows is None:
                rows = by_series[number] = []
            rows.append((step, at_ms, value))
        for number, rows in by_series.items():
            if number in series:  # else its name stood in a damaged frame
                self.points.setdefault(series[number], []).extend(rows)


class Reader:
    """Makes sense of payloads in their order; it must see a segment from its first frame, for the series."""

    def __init__(self) -> None:
        self._series: dict[int, tuple[str, str]] = {}

    def read(self, payload: bytes, content: Content | None) -> None:
        """Take a payload in, and add what it holds to ``content``, if that is wanted."""
        kind = payload[0]
        if kind == SERIES:
            number, run_id, key = json.loads(payload[1:])
            self._series[number] = (run_id, key)
        elif content is None:
            return
        elif kind == POINTS:
            content.add_points(_POINT.iter_unpack(payload[1:]), self._series)
        elif kind == BATCH:
            run_id, document = json.loads(payload[1:])
            content.batches.append((run_id, _batch(document)))
        elif kind == RUNS:
            session, new_runs = json.loads(payload[1:])
            if session is not None:
                content.sessions.append(Session(**session))
            content.new_runs += map(_new_run, new_runs)


def _run_document(new: NewRun) -> dict[str, Any]:
    return vars(new) | {"origin": new.origin.value, "status": new.status.value, "batch": _document(new.batch)}


def _new_run(document: dict[str, Any]) -> NewRun:
    kinds = {"origin": RunOrigin(document["origin"]), "status": RunStatus(document["status"])}
    return NewRun(**document | kinds | {"batch": _batch(document["batch"])})


def _document(batch: Batch) -> dict[str, Any]:
    document: dict[str, Any] = {
        "metrics": [[point.key, point.value, point.timestamp, point.step] for point in batch.metrics],
        "params": dict(batch.params),
        "tags": dict(batch.tags),
        "inputs": [_input_document(item) for item in batch.inputs],
        "models": [_model_document(model) for model in batch.models],
        "model_metrics": [vars(point) for point in batch.model_metrics],
        "model_inputs": batch.model_inputs,
        "model_outputs": [vars(made) for made in batch.model_outputs],
        "environment": None if batch.environment is None else vars(batch.environment),
        "cell": None if batch.cell is None else vars(batch.cell),
        "files": [vars(file) for file in batch.files],
        "status": None if batch.status is None else [batch.status.value, batch.ended_at_ms],
    }
    return {name: value for name, value in document.items() if value}


def _batch(document: dict[str, Any]) -> Batch:
    environment, cell, status = (document.get(name) for name in ("environment", "cell", "status"))
    return Batch(
        metrics=tuple(Metric(*point) for point in document.get("metrics", ())),
        params=document.get("params", {}),
        tags=document.get("tags", {}),
        inputs=tuple(map(_input, document.get("inputs", ()))),
        models=tuple(map(_model, document.get("models", ()))),
        files=tuple(StoredFile(**file) for file in document.get("files", ())),
        environment=None if environment is None else Environment(**environment),
        cell=None if cell is None else CellExecution(**cell),
        status=None if status is None else RunStatus(status[0]),
        ended_at_ms=None if status is None else status[1],
        model_metrics=tuple(ModelMetric(**point) for point in document.get("model_metrics", ())),
        model_inputs=tuple(document.get("model_inputs", ())),
        model_outputs=tuple(ModelOutput(**made) for made in document.get("model_outputs", ())),
    )


def _model_document(model: LoggedModel) -> dict[str, Any]:
    kinds = {"status": model.status.value, "lifecycle": model.lifecycle.value}
    return vars(model) | kinds | {"metrics": [vars(point) for point in model.metrics]}


def _model(document: dict[str, Any]) -> LoggedModel:
    kinds = {"status": ModelStatus(document["status"]), "lifecycle": Lifecycle(document["lifecycle"])}
    metrics = tuple(ModelMetric(**point) for point in document["metrics"])
    return LoggedModel(**document | kinds | {"metrics": metrics})


def _input_document(item: DatasetInput) -> dict[str, Any]:
    columns = [[column.name, column.type] for column in item.dataset.columns]
    return {
        "dataset": vars(item.dataset) | {"columns": columns},
        "context": item.context,
        "tags": dict(item.tags),
    }


def _input(document: dict[str, Any]) -> DatasetInput:
    described = document["dataset"]
    kinds = {
        "shape": tuple(described["shape"]),
        "columns": tuple(ColumnSchema(*column) for column in described["columns"]),
    }
    return DatasetInput(Dataset(**described | kinds), document["context"], document["tags"])
