from __future__ import annotations

from nbtrack.entities import Batch, RunStatus, json_number
from nbtrack.errors import InvalidInput, InvalidState
from nbtrack.evaluation import ComparedRow, ComparedRun, compare
from nbtrack.server.documents import (
    Document,
    cell_document,
    environment_document,
    experiment_document,
    history_document,
    input_document,
    metric_document,
    model_document,
    run_row,
)
from nbtrack.server.requests import ById, CompareRuns, EndRun, ReadHistory, Rename
from nbtrack.server.services import Services

MAX_POINTS = 10_000
MAX_COMPARED = 100


def read_run(services: Services, request: ById) -> Document:
    store = services.store
    run, summary = store.runs.get(request.id), store.runs.summaries_of([request.id])[0]
    environment = store.sessions.environment(request.id)
    experiment = store.experiments.get(run.info.experiment_id)
    counts = store.experiments.run_counts()
    return {
        "run": run_row(summary),
        "experiment": experiment_document(experiment, counts.get(experiment.experiment_id, 0)),
        "params": [{"key": key, "value": value} for key, value in sorted(run.data.params.items())],
        "metrics": [metric_document(metric) for metric in store.metrics.summaries(request.id)],
        "inputs": [input_document(used) for used in run.inputs.dataset_inputs],
        "models": _models(services, request.id),
        "cells": [cell_document(cell) for cell in store.sessions.cells(request.id)],
        "environment": None if environment is None else environment_document(environment, run.data.tags),
        "children": [run_row(child) for child in store.runs.children(request.id)],
    }


def read_history(services: Services, request: ReadHistory) -> Document:
    max_points = min(max(request.max_points, 4), MAX_POINTS)
    return history_document(services.store.metrics.history(request.id, request.key, max_points=max_points))


def rename_run(services: Services, request: Rename) -> None:
    services.store.runs.rename(request.id, request.name)


def delete_run(services: Services, request: ById) -> None:
    services.store.runs.delete([request.id])


def restore_run(services: Services, request: ById) -> None:
    services.store.runs.restore(request.id)


def end_run(services: Services, request: EndRun) -> None:
    """End an open run. One that is over keeps its status."""
    endings = [status.value for status in RunStatus if status.is_terminal]
    if request.status not in endings:
        raise InvalidInput(f"A run ends as one of {', '.join(endings)}, not {request.status!r}.")
    run = services.store.runs.get(request.id)
    if run.info.status.is_terminal:
        raise InvalidState(f"Run {run.info.run_name!r} is over already: it is {run.info.status.value}.")
    services.store.runs.log(request.id, Batch(status=RunStatus(request.status), ended_at_ms=services.now_ms()))


def compare_runs(services: Services, request: CompareRuns) -> Document:
    """Put params and metrics side by side, differences first."""
    run_ids = [run_id for run_id in request.runs.split(",") if run_id]
    if not 1 <= len(run_ids) <= MAX_COMPARED:
        raise InvalidInput(f"Name 1 to {MAX_COMPARED} runs, separated by commas; here are {len(run_ids)}.")
    summaries = services.store.runs.summaries_of(run_ids)
    params = [services.store.runs.get(run_id).data.params for run_id in run_ids]
    comparison = compare(
        [ComparedRun(s.run_id, values, s.metrics) for s, values in zip(summaries, params, strict=True)]
    )
    return {
        "runs": [run_row(summary) for summary in summaries],
        "params": [_row_document(row) for row in comparison.params],
        "metrics": [_row_document(row) for row in comparison.metrics],
    }


def _row_document(row: ComparedRow) -> Document:
    values = [json_number(value) if isinstance(value, float) else value for value in row.values]
    return {"key": row.key, "values": values, "differs": row.differs}


def _models(services: Services, run_id: str) -> list[Document]:
    by_source: dict[str, list[str]] = {}
    for version in services.store.registry.versions_of(f"runs:/{run_id}/"):
        by_source.setdefault(version.source, []).append(f"{version.name}/{version.version}")
    return [model_document(model, by_source.get(model.model_uri, [])) for model in services.store.models.of_run(run_id)]
