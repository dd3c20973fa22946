"""Data with a name, a source and a digest, in the shape that ``mlflow.data``'s users know."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from nbtrack import entities
from nbtrack.data.description import Description, describe
from nbtrack.data.profile import Profile
from nbtrack.data.schema import TensorDatasetSchema, array_schema
from nbtrack.data.sources import Source, source_of
from nbtrack.data.tables import Arrays, Table, table_of
from nbtrack.errors import InvalidInput
from nbtrack.limits import check_name

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import polars as pl

    from nbtrack.models import Schema

    Arrayed = np.ndarray[Any, np.dtype[Any]] | Mapping[str, np.ndarray[Any, np.dtype[Any]]]

MAX_NAMED_COLUMNS = 12


class Dataset:
    """Data that `nbtrack.log_input` and `nbtrack.evaluate` take. It keeps the data, and changes nothing of it.

    Digest, schema and profile are made when one of them is first asked for, all at once, so that they belong together.
    """

    targets: Any = None
    predictions: str | None = None

    def __init__(self, *, source: object, name: str | None, digest: str | None) -> None:
        self.name = check_name("dataset" if name is None else name, "dataset")
        self.source: Source = source_of(source)
        self._given_digest = digest

    @property
    def digest(self) -> str:
        """What equal content has in common; see `nbtrack.data`."""
        return self._description.digest

    @property
    def schema(self) -> Schema | TensorDatasetSchema | None:
        """Names and types of the columns, or of the arrays; None where columns share a name."""
        return self._description.schema

    @property
    def profile(self) -> Profile:
        """What the values are like; see `nbtrack.data.profile`."""
        return deepcopy(self._description.profile)

    def entity(self) -> entities.Dataset:
        """Return what a store keeps of it."""
        return self._description.dataset(self.name, self.source.to_json(), self.source.type)

    def to_dict(self) -> dict[str, str]:
        """Return name, digest, source, source type, schema and profile as MLflow writes them: texts, three of JSON."""
        kept = self.entity()
        return {
            "name": kept.name,
            "digest": kept.digest,
            "source": kept.source,
            "source_type": kept.source_type,
            "schema": kept.schema_document,
            "profile": kept.profile,
        }

    def to_json(self) -> str:
        return json.dumps(self.to_dict())

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r} {self.digest}>"

    @cached_property
    def _description(self) -> Description:
        described = self._describe()
        return described if self._given_digest is None else replace(described, digest=self._given_digest)

    def _describe(self) -> Description:
        raise NotImplementedError


class PandasDataset(Dataset):
    """A DataFrame of pandas; ``targets`` and ``predictions`` are names of columns."""

    def __init__(self, df: pd.DataFrame, *, targets: str | None, predictions: str | None, **known: Any) -> None:
        super().__init__(**known)
        self.df, self.targets, self.predictions = df, targets, predictions
        check_columns(list(df.columns), targets, predictions)

    def _describe(self) -> Description:
        return describe(_table(self.df))


class PolarsDataset(Dataset):
    """A DataFrame of polars; ``targets`` and ``predictions`` are names of columns."""

    def __init__(self, df: pl.DataFrame, *, targets: str | None, predictions: str | None, **known: Any) -> None:
        super().__init__(**known)
        self.df, self.targets, self.predictions = df, targets, predictions
        check_columns(df.columns, targets, predictions)

    def _describe(self) -> Description:
        return describe(_table(self.df))


class NumpyDataset(Dataset):
    """Arrays: ``features`` and ``targets`` are each an array, or arrays by name; rows first."""

    def __init__(self, features: Arrayed, *, targets: Arrayed | None, **known: Any) -> None:
        super().__init__(**known)
        self.features, self.targets = features, targets
        self._table = _table(features)
        if targets is not None:
            self._table = Arrays(_named("features", self._table) | _named("targets", _table(targets)))
            if len(set(map(len, self._table.value.values()))) > 1:
                rows = ", ".join(f"{name} {len(array):,}" for name, array in self._table.value.items())
                raise InvalidInput(f"Each row needs its target, and these have different numbers of rows: {rows}.")

    def _describe(self) -> Description:
        return describe(self._table, array_schema(self.features, self.targets))


def check_columns(columns: list[Any], *wanted: str | None) -> None:
    """Refuse names of columns that are not there."""
    for name in wanted:
        if name is not None and name not in columns:
            shown = ", ".join(map(str, columns[:MAX_NAMED_COLUMNS]))
            more = f" and {len(columns) - MAX_NAMED_COLUMNS} more" if len(columns) > MAX_NAMED_COLUMNS else ""
            raise InvalidInput(f"The data has no column {name!r}. Its columns: {shown}{more}.")


def _table(value: Any) -> Table:
    table = table_of(value)
    if table is None:
        raise InvalidInput(
            f"A {type(value).__name__} can't be a dataset: it takes arrays with as many rows as another."
        )
    return table


def _named(prefix: str, table: Table) -> dict[str, Any]:
    if not isinstance(table, Arrays):
        raise InvalidInput("Targets go with NumPy's arrays. Make two datasets of a sparse matrix and its targets.")
    return {prefix if name is None else f"{prefix}.{name}": array for name, array in table.arrays.items()}
