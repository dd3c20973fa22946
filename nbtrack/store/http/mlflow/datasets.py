"""Datasets as MLflow's clients describe them, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from nbtrack.entities import ColumnSchema, Dataset, DatasetInput
from nbtrack.store.http.mlflow.api import Document, listed

CONTEXT = "mlflow.data.context"
_SOURCE_TYPE = "code"
"""What a dataset's source is where nobody said more: MLflow wants some type."""


def input_document(item: DatasetInput) -> dict[str, Any]:
    dataset = item.dataset
    return {
        "dataset": {
            "name": dataset.name,
            "digest": dataset.digest,
            "source_type": dataset.source_type or _SOURCE_TYPE,
            "source": dataset.source or "{}",
            "schema": dataset.schema_document or _schema(dataset),
            "profile": dataset.profile or _profile(dataset),
        },
        "tags": [
            {"key": key, "value": value}
            for key, value in (({CONTEXT: item.context} if item.context else {}) | dict(item.tags)).items()
        ],
    }


def dataset_input(document: Document) -> DatasetInput:
    found = document.get("dataset") or {}
    schema, profile = str(found.get("schema", "")), str(found.get("profile", ""))
    tags = {str(tag["key"]): str(tag.get("value", "")) for tag in listed(document, "tags")}
    context = tags.pop(CONTEXT, "")
    columns, shape = _columns(_read(schema)), _shape(_read(profile))
    source, source_type = str(found.get("source", "")), str(found.get("source_type", ""))
    dataset = Dataset(
        name=str(found.get("name", "")),
        digest=str(found.get("digest", "")),
        shape=shape,
        columns=columns,
        source="" if source == "{}" else source,
        # A source that is code by its own account has tags.
        source_type="" if source_type == _SOURCE_TYPE and "tags" not in _read(source) else source_type,
        # What was made of columns and shape is not said twice.
        schema_document="" if columns and _is_ours(schema) else schema,
        profile="" if shape and _is_ours(profile) else profile,
    )
    return DatasetInput(dataset, context, tags)


def _schema(dataset: Dataset) -> str:
    columns = [{"type": column.type, "name": column.name, "required": True} for column in dataset.columns]
    return json.dumps({"mlflow_colspec": columns, "nbtrack": True}) if columns else ""


def _profile(dataset: Dataset) -> str:
    if not dataset.shape:
        return ""
    elements = 1
    for length in dataset.shape:
        elements *= length
    document = {"num_rows": dataset.shape[0], "num_elements": elements, "shape": list(dataset.shape), "nbtrack": True}
    return json.dumps(document)


def _read(text: str) -> Mapping[str, Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _is_ours(text: str) -> bool:
    return _read(text).get("nbtrack") is True


def _columns(document: Mapping[str, Any]) -> tuple[ColumnSchema, ...]:
    return tuple(
        ColumnSchema(str(column.get("name", "")), str(column.get("type", "")))
        for column in listed(document, "mlflow_colspec")
    )


def _shape(document: Mapping[str, Any]) -> tuple[int, ...]:
    shape = document.get("shape")
    if isinstance(shape, list) and all(isinstance(length, int) for length in shape):
        return tuple(shape)
    rows = document.get("num_rows")
    return (rows,) if isinstance(rows, int) else ()
