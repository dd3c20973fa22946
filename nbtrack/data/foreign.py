"""Whatever is given as a dataset, in the one form that a store keeps."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from typing import Any

from nbtrack import entities
from nbtrack.data.dataset import Dataset
from nbtrack.data.description import describe_dataset, dtypes_of
from nbtrack.data.tables import table_of
from nbtrack.models import is_polars, polars_to_pandas


def dataset_of(given: Any, *, name: str | None = None, unnamed: str = "dataset") -> entities.Dataset | None:
    """Describe what was given as a dataset: one of ``nbtrack.data`` or of ``mlflow.data``, or plain data.

    None if it is nothing of these. ``name`` stands in place of the name that it has, ``unnamed`` is that of plain data.
    """
    if isinstance(given, entities.Dataset):
        found = given
    elif isinstance(given, Dataset):
        found = given.entity()
    elif is_mlflow_dataset(given):
        found = _of_mlflow(given)
    elif table_of(given) is not None:
        found = describe_dataset(given, name=name or unnamed)
    else:
        return None
    return replace(found, name=name) if name is not None else found


def is_mlflow_dataset(value: object) -> bool:
    """Tell whether ``value`` is a dataset of ``mlflow.data``; imports nothing."""
    module = sys.modules.get("mlflow.data.dataset")
    return module is not None and isinstance(value, getattr(module, "Dataset", ()))


@dataclass(frozen=True)
class Labelled:
    """Data as models take it; ``targets`` are the true values, or the name of their column."""

    data: Any
    targets: Any
    predictions: str | None


def labelled(given: Any) -> Labelled | None:
    """Take apart a dataset of ``nbtrack.data`` or ``mlflow.data``, polars as pandas; None if it is no such dataset."""
    if not isinstance(given, Dataset) and not is_mlflow_dataset(given):
        return None
    data = given.df if hasattr(given, "df") else getattr(given, "features", None)
    return Labelled(
        polars_to_pandas(data) if is_polars(data) else data,
        getattr(given, "targets", None),
        getattr(given, "predictions", None),
    )


def _of_mlflow(dataset: Any) -> entities.Dataset:
    """Take over what MLflow says of it, and look at the data for its shape and dtypes, which that leaves out."""
    said = dataset.to_dict()
    data = getattr(dataset, "df", None)
    table = table_of(getattr(dataset, "features", None) if data is None else data)
    return entities.Dataset(
        name=str(said["name"]),
        digest=str(said["digest"]),
        shape=() if table is None else table.shape,
        columns=() if table is None else dtypes_of(table),
        source=str(said.get("source") or ""),
        source_type=str(said.get("source_type") or ""),
        schema_document=str(said.get("schema") or ""),
        profile=str(said.get("profile") or ""),
    )
