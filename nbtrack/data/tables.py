"""Data of every kind as one thing: its shape, its columns, and some of its rows."""

from __future__ import annotations

import math
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from nbtrack.data.cells import Cells, Numbers, array_cells, arrow_cells, pandas_cells, polars_cells

if TYPE_CHECKING:
    from nbtrack.data.cells import Array


@dataclass(frozen=True)
class Column:
    """``dtype`` is what the library that holds it calls its type; an array as a whole is a column without a name."""

    name: Any
    dtype: str
    cells: Callable[[], Cells]


class Table(ABC):
    """Data in memory, with rows. Nothing of it is copied before its cells or rows are asked for."""

    value: Any

    @property
    @abstractmethod
    def kind(self) -> str:
        """'table', 'array', 'arrays' or 'sparse': only what is of one kind can have the same digest."""

    @property
    @abstractmethod
    def shape(self) -> tuple[int, ...]:
        """Rows first; of named arrays it is that of the only one, or the rows that they share."""

    @property
    @abstractmethod
    def size_bytes(self) -> int: ...

    @abstractmethod
    def columns(self) -> Iterator[Column]: ...

    @abstractmethod
    def take(self, rows: Array) -> Table:
        """Return the rows at these positions."""

    def content(self) -> Iterator[Column]:
        """Yield all that tells this content from another, which may be more than its columns."""
        return self.columns()

    @property
    def n_rows(self) -> int:
        return self.shape[0]

    @property
    def n_columns(self) -> int:
        return self.shape[1] if len(self.shape) == 2 else 1

    @property
    def row_cells(self) -> int:
        """How many values a row has, on average."""
        return self.n_columns


@dataclass(frozen=True)
class PandasTable(Table):
    """A DataFrame or a Series."""

    value: Any
    kind = "table"

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.value.shape)

    @property
    def size_bytes(self) -> int:
        usage = self.value.memory_usage(index=False)
        return int(usage.sum() if self.value.ndim == 2 else usage)

    def columns(self) -> Iterator[Column]:
        if self.value.ndim == 1:
            yield _pandas_column(self.value, self.value.name)
            return
        for position, name in enumerate(self.value.columns):
            yield _pandas_column(self.value.iloc[:, position], name)

    def content(self) -> Iterator[Column]:
        yield from self.columns()
        index = self.value.index
        # Whole numbers without a name are what filtering and splitting leave behind, and no content.
        if any(name is not None for name in index.names) or index.inferred_type not in ("integer", "empty"):
            for level, name in enumerate(index.names):
                yield _pandas_column(index.get_level_values(level).to_series(), ("index", name))

    def take(self, rows: Array) -> Table:
        return PandasTable(self.value.iloc[rows])


@dataclass(frozen=True)
class PolarsTable(Table):
    """A DataFrame or a Series of polars."""

    value: Any
    kind = "table"

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.value.shape)

    @property
    def size_bytes(self) -> int:
        return int(self.value.estimated_size())

    def columns(self) -> Iterator[Column]:
        for series in self.value.get_columns() if len(self.shape) == 2 else [self.value]:
            yield Column(series.name, str(series.dtype), partial(polars_cells, series))

    def take(self, rows: Array) -> Table:
        return PolarsTable(self.value[rows])


@dataclass(frozen=True)
class ArrowTable(Table):
    """A table or record batch of pyarrow."""

    value: Any
    kind = "table"

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.value.shape)

    @property
    def size_bytes(self) -> int:
        return int(self.value.nbytes)

    def columns(self) -> Iterator[Column]:
        for name, array in zip(self.value.column_names, self.value.columns, strict=True):
            yield Column(name, str(array.type), partial(arrow_cells, array))

    def take(self, rows: Array) -> Table:
        import pyarrow as pa

        # pyarrow can't pick rows of views.
        large = {pa.string_view(): pa.large_string(), pa.binary_view(): pa.large_binary()}
        fields = [field.with_type(large.get(field.type, field.type)) for field in self.value.schema]
        return ArrowTable(self.value.cast(pa.schema(fields)).take(rows))


@dataclass(frozen=True)
class Arrays(Table):
    """A NumPy array, or arrays by name that are equally long."""

    value: Any

    @property
    def kind(self) -> str:
        return "arrays" if isinstance(self.value, Mapping) else "array"

    @property
    def arrays(self) -> Mapping[str | None, Any]:
        return self.value if isinstance(self.value, Mapping) else {None: self.value}

    @property
    def shape(self) -> tuple[int, ...]:
        shapes = [tuple(array.shape) for array in self.arrays.values()]
        return shapes[0] if len(shapes) == 1 else shapes[0][:1]

    @property
    def n_columns(self) -> int:
        return sum(int(array.shape[1]) if array.ndim == 2 else 1 for array in self.arrays.values())

    @property
    def row_cells(self) -> int:
        return sum(math.prod(array.shape[1:]) for array in self.arrays.values())

    @property
    def size_bytes(self) -> int:
        return sum(int(array.nbytes) for array in self.arrays.values())

    def columns(self) -> Iterator[Column]:
        for name, array in self.arrays.items():
            yield Column(name, str(array.dtype), partial(array_cells, array))

    def content(self) -> Iterator[Column]:
        for name, array in self.arrays.items():
            yield Column((name, tuple(array.shape)), "", partial(array_cells, array))

    def take(self, rows: Array) -> Table:
        taken = {name: array[rows] for name, array in self.arrays.items()}
        return Arrays(taken if isinstance(self.value, Mapping) else taken[None])


@dataclass(frozen=True)
class SparseTable(Table):
    """A sparse matrix of SciPy; its only column are the values that it stores."""

    value: Any
    kind = "sparse"
    n_columns = 1

    @property
    def row_cells(self) -> int:
        return -(-int(self.value.nnz) // max(self.n_rows, 1))

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(map(int, self.value.shape))

    @property
    def size_bytes(self) -> int:
        return int(self.value.data.nbytes)

    def columns(self) -> Iterator[Column]:
        yield Column(None, str(self.value.dtype), lambda: Numbers(self._compressed().data))

    def content(self) -> Iterator[Column]:
        import numpy as np

        compressed = self._compressed()
        yield Column("values", "", lambda: Numbers(compressed.data))
        # SciPy counts in 32 bits where that suffices.
        yield Column("columns", "", lambda: Numbers(compressed.indices.astype(np.int64, copy=False)))
        yield Column("rows", "", lambda: Numbers(compressed.indptr.astype(np.int64, copy=False)))

    def take(self, rows: Array) -> Table:
        return SparseTable(self.value.tocsr()[rows])

    def _compressed(self) -> Any:
        """Return the one form that equal matrices share: rows compressed, sorted, without zeros that are stored."""
        compressed = self.value.tocsr()
        if not compressed.has_canonical_format or not compressed.data.all():
            compressed = compressed.copy()
            compressed.sum_duplicates()
            compressed.eliminate_zeros()
        return compressed


def table_of(value: object) -> Table | None:
    """Return ``value`` as a table if it is data of a kind that is known here; imports nothing."""
    if _is_instance(value, "pandas", "DataFrame", "Series"):
        return PandasTable(value)
    if _is_instance(value, "numpy", "ndarray"):
        return Arrays(value) if getattr(value, "ndim", 0) else None
    if _is_instance(value, "polars", "DataFrame", "Series"):
        return PolarsTable(value)
    if _is_instance(value, "pyarrow", "Table", "RecordBatch"):
        return ArrowTable(value)
    if hasattr(value, "tocsr") and hasattr(value, "shape"):
        return SparseTable(value)
    if isinstance(value, Mapping) and value and all(_is_array(array) for array in value.values()):
        arrays = {str(name): array for name, array in value.items()}
        return Arrays(arrays) if len(set(map(len, arrays.values()))) == 1 else None
    return None


def _is_array(value: Any) -> bool:
    return _is_instance(value, "numpy", "ndarray") and value.ndim > 0


def _is_instance(value: object, package: str, *names: str) -> bool:
    # An instance can only exist once its package is loaded; a package that is just being imported lacks names.
    module = sys.modules.get(package)
    return module is not None and isinstance(value, tuple(getattr(module, name, ()) for name in names))


def _pandas_column(series: Any, name: Any) -> Column:
    return Column(name, str(series.dtype), partial(pandas_cells, series))
