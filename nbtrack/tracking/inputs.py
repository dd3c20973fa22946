from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from nbtrack.data import Source, dataset_of
from nbtrack.entities import Batch, Dataset, DatasetInput
from nbtrack.errors import InvalidInput
from nbtrack.limits import check_name
from nbtrack.tracking import log, session
from nbtrack.tracking.active import active_or_new_run

CELL_ID = "nbtrack.cell_id"
"""Tag of a dataset's source: the cell that logged it."""


def log_input(
    dataset: Any = None,
    context: str | None = None,
    tags: Mapping[str, str] | None = None,
    *,
    name: str | None = None,
    run_id: str | None = None,
) -> None:
    """Record that the run uses a dataset.

    Parameters
    ----------
    dataset
        A dataset of ``nbtrack.data`` or ``mlflow.data``; or a DataFrame or Series of pandas or polars, a pyarrow table,
        an array, a dict of arrays, a sparse matrix.
    context
        Its role: 'training', 'evaluation', ...
    tags
        Of this use of it.
    name
        Default: the dataset's own, else 'dataset'.

    Raises
    ------
    InvalidInput
        It is no dataset.
    """
    described = dataset_of(dataset, name=None if name is None else check_name(name, "dataset"))
    if described is None:
        raise InvalidInput(
            "log_input() takes a dataset of nbtrack.data or mlflow.data, a DataFrame, Series, array, dict of arrays or "
            f"sparse matrix, not a {type(dataset).__name__}."
        )
    used = DatasetInput(_with_code(described), context or "", dict(tags or {}))
    log.append(run_id or active_or_new_run().info.run_id, Batch(inputs=(used,)))


def _with_code(dataset: Dataset) -> Dataset:
    """Name the cell where nothing is known of a dataset's source but that it is code."""
    unknown, cell = Source(), session.current_cell
    if dataset.source not in ("", unknown.to_json()) or cell is None or cell.cell_id is None:
        return dataset
    tags = {"mlflow.source.name": session.notebook_path or "", "mlflow.source.type": "NOTEBOOK", CELL_ID: cell.cell_id}
    return replace(dataset, source=Source(unknown.type, {"tags": tags}).to_json(), source_type=unknown.type)
