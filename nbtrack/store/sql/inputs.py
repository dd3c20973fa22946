"""Datasets and the runs that used them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

import sqlalchemy as sa

from nbtrack.entities import ColumnSchema, Dataset, DatasetInput
from nbtrack.store.sql.membership import one_of
from nbtrack.store.sql.tables import datasets, inputs
from nbtrack.store.sql.upserts import Upsert

_KEEP_DATASET = Upsert(datasets)
_KEEP_LINK = Upsert(inputs)
_OF_RUNS = (
    sa.select(inputs.c.run_id, inputs.c.context, inputs.c.tags, datasets)
    .join(datasets, datasets.c.dataset_id == inputs.c.dataset_id)
    .where(one_of(inputs.c.run_id, "run_ids"))
    .order_by(datasets.c.name, inputs.c.context)
)


def write_inputs(connection: sa.Connection, run_id: str, new: Sequence[DatasetInput]) -> None:
    """Link datasets to a run, storing each dataset once; a link that is there already stays."""
    for item in new:
        dataset = item.dataset
        row = {
            "name": dataset.name,
            "digest": dataset.digest,
            "shape": json.dumps(dataset.shape),
            "columns": json.dumps([[column.name, column.type] for column in dataset.columns]),
            "source": dataset.source,
            "source_type": dataset.source_type,
            "schema_document": dataset.schema_document,
            "profile": dataset.profile,
        }
        dataset_id = hashlib.sha256(json.dumps(row, sort_keys=True).encode()).hexdigest()[:32]
        connection.execute(_KEEP_DATASET.on(connection), {"dataset_id": dataset_id, **row})
        link = {
            "run_id": run_id,
            "dataset_id": dataset_id,
            "context": item.context,
            "tags": json.dumps(dict(item.tags)),
        }
        connection.execute(_KEEP_LINK.on(connection), link)


def read_inputs(connection: sa.Connection, run_ids: Sequence[str]) -> dict[str, list[DatasetInput]]:
    """Read the inputs of runs, by run."""
    found: dict[str, list[DatasetInput]] = {}
    for row in connection.execute(_OF_RUNS, {"run_ids": run_ids}):
        dataset = Dataset(
            name=row.name,
            digest=row.digest,
            shape=tuple(json.loads(row.shape)),
            columns=tuple(ColumnSchema(name, type_) for name, type_ in json.loads(row.columns)),
            source=row.source,
            source_type=row.source_type,
            schema_document=row.schema_document,
            profile=row.profile,
        )
        found.setdefault(row.run_id, []).append(DatasetInput(dataset, row.context, json.loads(row.tags)))
    return found
