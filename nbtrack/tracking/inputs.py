from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nbtrack.data import describe_dataset, is_dataset
from nbtrack.entities import Batch, Dataset, DatasetInput
from nbtrack.errors import InvalidInput
from nbtrack.tracking import log
from nbtrack.tracking.active import active_or_new_run


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
        A DataFrame, Series, array or sparse matrix, or a ``Dataset``.
    context
        Its role: 'training', 'evaluation', ...
    name
        Default: 'dataset'.
    """
    if isinstance(dataset, Dataset):
        described = dataset
    elif is_dataset(dataset):
        described = describe_dataset(dataset, name=name or "dataset")
    else:
        raise InvalidInput(
            f"log_input() takes a DataFrame, Series, array or sparse matrix, not a {type(dataset).__name__}."
        )
    used = DatasetInput(described, context or "", dict(tags or {}))
    log.append(run_id or active_or_new_run().info.run_id, Batch(inputs=(used,)))
