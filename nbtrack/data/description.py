"""What is known of data without keeping it: digest, shape, schema and profile, all of one moment."""

from __future__ import annotations

import itertools
import json
import threading
from dataclasses import dataclass
from typing import Any

from nbtrack.data.digest import digest_of
from nbtrack.data.profile import Profile, profile_of
from nbtrack.data.sample import MAX_COLUMNS, sample_of
from nbtrack.data.schema import TensorDatasetSchema, array_schema, schema_document, table_schema
from nbtrack.data.tables import Table, table_of
from nbtrack.entities import ColumnSchema, Dataset
from nbtrack.errors import InvalidInput
from nbtrack.models import Schema

_MAX_REMEMBERED = 32


@dataclass(frozen=True)
class Description:
    """``profile`` is of JSON's types; ``schema`` is None where none can say how the data is."""

    digest: str
    shape: tuple[int, ...]
    columns: tuple[ColumnSchema, ...]
    schema: Schema | TensorDatasetSchema | None
    profile: Profile

    def dataset(self, name: str, source: str = "", source_type: str = "") -> Dataset:
        """Return what a store keeps of it."""
        document = schema_document(self.schema)
        return Dataset(
            name=name,
            digest=self.digest,
            shape=self.shape,
            columns=self.columns,
            source=source,
            source_type=source_type,
            schema_document="" if document is None else json.dumps(document),
            profile=json.dumps(self.profile, allow_nan=False),
        )


# A loop fits the same data again and again. By digest and what else a description shows.
_described: dict[tuple[object, ...], Description] = {}
_lock = threading.Lock()


def is_dataset(value: object) -> bool:
    """Tell whether ``describe_dataset`` knows this kind of object; imports nothing."""
    return table_of(value) is not None


def describe_dataset(value: Any, *, name: str) -> Dataset:
    """Describe a DataFrame or Series of pandas or polars, a pyarrow table, an array, named arrays or a sparse matrix.

    The digest is the same in every session, on every machine, for equal content; it does not depend on the name.
    """
    table = table_of(value)
    if table is None:
        raise InvalidInput(f"A {type(value).__name__} is no data that can be described.")
    return describe(table).dataset(name)


def describe(table: Table, schema: TensorDatasetSchema | None = None) -> Description:
    """Describe a table; ``schema`` is its schema, if it is known already."""
    digest, hashed_rows = digest_of(table)
    is_whole = hashed_rows == table.n_rows
    columns = dtypes_of(table)
    key = (digest, columns, table.size_bytes, schema)
    if is_whole and key in _described:
        return _described[key]
    sample = sample_of(table)
    profile = profile_of(table, sample)
    if not is_whole:
        profile["digest_rows"] = hashed_rows
    found = schema or (table_schema(sample) if table.kind == "table" else array_schema(table.value))
    description = Description(digest, table.shape, columns, found, profile)
    if is_whole:
        _remember(key, description)
    return description


def dtypes_of(table: Table) -> tuple[ColumnSchema, ...]:
    """Return the names and dtypes of the first `MAX_COLUMNS` columns."""
    return tuple(
        ColumnSchema("" if column.name is None else str(column.name), column.dtype)
        for column in itertools.islice(table.columns(), MAX_COLUMNS)
    )


def _remember(key: tuple[object, ...], description: Description) -> None:
    with _lock:
        while len(_described) >= _MAX_REMEMBERED:
            del _described[next(iter(_described))]
        _described[key] = description
