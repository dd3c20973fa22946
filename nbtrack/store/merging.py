from __future__ import annotations

from collections.abc import Sequence

from nbtrack.entities import Batch, DatasetInput, LoggedModel, Metric, ModelMetric, ModelOutput, StoredFile
from nbtrack.errors import ParamConflict


def merged(batches: Sequence[Batch], run_id: str) -> Batch:
    """Return one batch that adds to a run what all of them add, in their order.

    Raises
    ------
    ParamConflict
        Two of them disagree on a param.
    """
    if len(batches) == 1:
        return batches[0]
    metrics: list[Metric] = []
    params: dict[str, str] = {}
    tags: dict[str, str] = {}
    inputs: list[DatasetInput] = []
    models: list[LoggedModel] = []
    model_metrics: list[ModelMetric] = []
    model_inputs: list[str] = []
    model_outputs: list[ModelOutput] = []
    files: list[StoredFile] = []
    environment = cell = status = ended_at_ms = None
    for batch in batches:
        for key, value in batch.params.items():
            if params.setdefault(key, value) != value:
                raise ParamConflict(key, params[key], value, run_id)
        metrics += batch.metrics
        tags.update(batch.tags)
        inputs += batch.inputs
        models += batch.models
        model_metrics += batch.model_metrics
        model_inputs += batch.model_inputs
        model_outputs += batch.model_outputs
        files += batch.files
        environment = batch.environment or environment
        cell = batch.cell or cell
        if batch.status is not None:
            status, ended_at_ms = batch.status, batch.ended_at_ms
    return Batch(
        tuple(metrics),
        params,
        tags,
        tuple(inputs),
        tuple(models),
        environment,
        cell,
        status,
        ended_at_ms,
        tuple(model_metrics),
        tuple(model_inputs),
        tuple(model_outputs),
        tuple(files),
    )
