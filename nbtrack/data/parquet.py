"""A Parquet file or folder as a dataset, told from its footers; its rows are read when they are asked for."""

from __future__ import annotations

import datetime as dt
import math
import os
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbtrack.data.dataset import Dataset, check_columns
from nbtrack.data.description import Description
from nbtrack.data.profile import MAX_COLUMNS as MAX_PROFILED_COLUMNS
from nbtrack.data.profile import Profile
from nbtrack.data.sample import Sample, SampledColumn
from nbtrack.data.schema import table_schema
from nbtrack.data.tables import ArrowTable
from nbtrack.entities import ColumnSchema
from nbtrack.errors import InvalidInput, MissingPackage

if TYPE_CHECKING:
    import pandas as pd

MAX_HASHED_BYTES = 256 * 1024 * 1024
"""Larger data is hashed by the last `FOOTER_BYTES` of each file, where Parquet sums it up; then the digest begins with
``~``."""
FOOTER_BYTES = 64 * 1024


class ParquetDataset(Dataset):
    """``targets`` and ``predictions`` are names of columns.

    The digest is that of the files' names and bytes: the same rows in other files have another one. The profile has
    what the footers say: rows, missing values, and minimum and maximum of numbers and times.
    """

    def __init__(self, path: str | Path, *, targets: str | None, predictions: str | None, **known: Any) -> None:
        super().__init__(**known)
        self.path, self.targets, self.predictions = Path(path), targets, predictions
        self._opened = _opened(self.path)
        check_columns(self._opened.schema.names, targets, predictions)

    @cached_property
    def df(self) -> pd.DataFrame:
        """All rows as a DataFrame of pandas, read now."""
        return self._opened.to_table().to_pandas()

    def _describe(self) -> Description:
        schema = self._opened.schema
        footers = [fragment.metadata for fragment in self._opened.get_fragments()]
        n_rows = sum(footer.num_rows for footer in footers)
        statistics = _statistics(footers)
        profile: Profile = {
            "num_rows": n_rows,
            "num_elements": n_rows * len(schema),
            "shape": [n_rows, len(schema)],
            "size_bytes": sum(Path(file).stat().st_size for file in self._opened.files),
            "columns": [
                {"name": field.name, "type": str(field.type), **statistics.get(field.name, {})}
                for field in list(schema)[:MAX_PROFILED_COLUMNS]
            ],
        }
        if len(schema) > MAX_PROFILED_COLUMNS:
            profile["columns_left_out"] = len(schema) - MAX_PROFILED_COLUMNS
        return Description(
            digest=self._digest(),
            shape=(n_rows, len(schema)),
            columns=tuple(ColumnSchema(field.name, str(field.type)) for field in schema),
            schema=table_schema(
                Sample(0, tuple(SampledColumn(each.name, each.dtype, each.cells()) for each in _columns(schema))),
                optional={name for name, each in statistics.items() if each.get("missing")},
            ),
            profile=profile,
        )

    def _digest(self) -> str:
        import xxhash

        files = [Path(file) for file in self._opened.files]
        is_whole = sum(file.stat().st_size for file in files) <= MAX_HASHED_BYTES
        folder = self.path if self.path.is_dir() else self.path.parent
        hasher = xxhash.xxh3_64()
        for file in sorted(files):
            name = file.relative_to(folder).as_posix() if self.path.is_dir() else ""
            size = file.stat().st_size
            hasher.update(f"{name} {size};".encode())
            with file.open("rb") as opened:
                opened.seek(0 if is_whole else max(size - FOOTER_BYTES, 0))
                while chunk := opened.read(1024 * 1024):
                    hasher.update(chunk)
        return ("" if is_whole else "~") + hasher.hexdigest()


def _opened(path: Path) -> Any:
    try:
        from pyarrow import ArrowInvalid, dataset
    except ImportError:
        raise MissingPackage("pyarrow", "Reading Parquet", "nbtrack[parquet]") from None
    try:
        found = dataset.dataset(os.fspath(path), format="parquet", partitioning="hive")
    except (ArrowInvalid, OSError) as error:
        raise InvalidInput(f"{path} can't be read as Parquet: {error}") from error
    if not found.files:
        raise InvalidInput(f"There is no Parquet file below {path}.")
    return found


def _columns(schema: Any) -> Iterator[Any]:
    return ArrowTable(schema.empty_table()).columns()


def _statistics(footers: list[Any]) -> dict[str, Profile]:
    """Sum up what footers say of the columns that hold no others."""
    found: dict[str, Profile] = {}
    unknown: set[str] = set()
    for footer in footers:
        for group in map(footer.row_group, range(footer.num_row_groups)):
            for chunk in map(group.column, range(group.num_columns)):
                name, statistics = chunk.path_in_schema, chunk.statistics
                if statistics is None or not statistics.has_null_count:
                    unknown.add(name)
                else:
                    _add(found.setdefault(name, {"count": 0, "missing": 0}), statistics)
    return {name: column for name, column in found.items() if name not in unknown}


def _add(column: Profile, statistics: Any) -> None:
    column["count"] += statistics.num_values
    column["missing"] += statistics.null_count
    if not statistics.has_min_max or not statistics.num_values:
        return
    low, high = statistics.min, statistics.max
    if isinstance(low, dt.date):  # and times, which are dates, too
        column["kind"], low, high = "time", low.isoformat(), high.isoformat()
    elif isinstance(low, (int, float)) and not isinstance(low, bool) and math.isfinite(low) and math.isfinite(high):
        column["kind"] = "number"
    else:
        return  # texts can be private
    column["min"], column["max"] = min(column.get("min", low), low), max(column.get("max", high), high)
