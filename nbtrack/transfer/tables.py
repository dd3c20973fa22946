"""Tables in files, written a few rows at a time."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from enum import Enum
from pathlib import Path
from typing import Any, Protocol

from nbtrack.errors import MissingPackage

ROWS_OF_GROUP = 100_000
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class ColumnKind(Enum):
    TEXT = "text"
    NUMBER = "number"
    INTEGER = "integer"
    TIME = "time"
    """Milliseconds since the epoch."""


@dataclass(frozen=True)
class Column:
    name: str
    kind: ColumnKind = ColumnKind.TEXT


Row = Sequence[Any]
"""A value for each column; None where there is none."""


class TableFile(Protocol):
    def write(self, rows: Sequence[Row]) -> None: ...
    def close(self) -> None: ...


class CsvFile:
    """Times are written as in 2025-03-01T12:30:05.250+00:00, and numbers so that they can be read back exactly."""

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        self._times = [at for at, column in enumerate(columns) if column.kind is ColumnKind.TIME]
        self._file = path.open("w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow([column.name for column in columns])

    def write(self, rows: Sequence[Row]) -> None:
        self._writer.writerows([self._texts(row) for row in rows])

    def close(self) -> None:
        self._file.close()

    def _texts(self, row: Row) -> list[Any]:
        values = list(row)
        for at in self._times:
            if values[at] is not None:
                values[at] = moment(values[at])
        return values


class ParquetFile:
    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        try:
            import pyarrow as pa
            from pyarrow import parquet
        except ImportError:
            raise MissingPackage("pyarrow", "Writing Parquet", "nbtrack[parquet]") from None
        kinds = {
            ColumnKind.TEXT: pa.string(),
            ColumnKind.NUMBER: pa.float64(),
            ColumnKind.INTEGER: pa.int64(),
            ColumnKind.TIME: pa.timestamp("ms", tz="UTC"),
        }
        self._schema = pa.schema([(column.name, kinds[column.kind]) for column in columns])
        self._writer = parquet.ParquetWriter(path, self._schema)
        self._waiting: list[Row] = []

    def write(self, rows: Sequence[Row]) -> None:
        self._waiting += rows
        if len(self._waiting) >= ROWS_OF_GROUP:
            self._write_group()

    def close(self) -> None:
        self._write_group()
        self._writer.close()

    def _write_group(self) -> None:
        import pyarrow as pa

        if self._waiting:
            by_column = zip(zip(*self._waiting, strict=True), self._schema.types, strict=True)
            columns = [pa.array(values, kind) for values, kind in by_column]
            self._writer.write_table(pa.Table.from_arrays(columns, schema=self._schema))
            self._waiting = []


def moment(at_ms: int) -> str:
    """Return a time as ISO 8601 has it; one that no calendar has as its number."""
    try:
        return (_EPOCH + timedelta(milliseconds=at_ms)).isoformat(timespec="milliseconds")
    except OverflowError:
        return str(at_ms)
