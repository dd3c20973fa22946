"""The schema of data in the words of a model's signature, and in the JSON that MLflow's users read."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nbtrack.data.cells import Categories, Cells, Numbers, Texts
from nbtrack.data.sample import Sample, SampledColumn, missing_in
from nbtrack.errors import InvalidInput
from nbtrack.models import ColSpec, DataType, Schema, infer_schema

if TYPE_CHECKING:
    from nbtrack.data.cells import Array

_LOOKED_AT = 200
"""Values whose types tell that of a column of objects."""


@dataclass(frozen=True)
class TensorDatasetSchema:
    """The schemas of features and targets that are arrays."""

    features: Schema
    targets: Schema | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return MLflow's JSON form."""
        targets = None if self.targets is None else self.targets.to_json()
        return {"mlflow_tensorspec": {"features": self.features.to_json(), "targets": targets}}


def table_schema(sample: Sample, *, optional: Collection[str] = ()) -> Schema | None:
    """Return the schema of a table; a column is required if none of the sampled rows lacks it.

    ``optional`` names columns that are known to lack values.

    None where a schema can't say it: several columns have one name, or a list holds itself.
    """
    try:
        return Schema([_column(column, optional) for column in sample.columns])
    except (InvalidInput, RecursionError):
        return None


def array_schema(
    features: Array | Mapping[str, Array], targets: Array | Mapping[str, Array] | None = None
) -> TensorDatasetSchema | None:
    """Return the schema of arrays, of named arrays, or of a sparse matrix; None of arrays of records."""
    try:
        return TensorDatasetSchema(infer_schema(features), None if targets is None else infer_schema(targets))
    except InvalidInput:
        return None


def schema_document(schema: Schema | TensorDatasetSchema | None) -> dict[str, Any] | None:
    """Return MLflow's JSON form of a dataset's schema."""
    if schema is None or isinstance(schema, TensorDatasetSchema):
        return None if schema is None else schema.to_dict()
    return {"mlflow_colspec": schema.to_dict()}


def _column(column: SampledColumn, optional: Collection[str]) -> ColSpec:
    name = column.name
    return ColSpec(
        _type_of(column.cells),
        name if isinstance(name, (str, int)) or name is None else str(name),
        name not in optional and not bool(missing_in(column.cells).any()),
    )


def _type_of(cells: Cells) -> Any:
    import numpy as np
    import pandas as pd

    if isinstance(cells, Texts):
        return DataType.string
    if isinstance(cells, Categories):
        return _type_of(cells.categories)
    if isinstance(cells, Numbers):
        values = pd.Series(cells.values[:0])
    else:
        present = itertools.compress(cells.values, ~missing_in(cells))
        few = list(itertools.islice(present, _LOOKED_AT))
        objects = np.empty(len(few), object)
        objects[:] = few
        values = pd.Series(objects)
    (spec,) = infer_schema(values).inputs
    return spec.type
