"""The rows by which data is described: all of them, or as many as can be looked at in some milliseconds."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nbtrack.data.cells import Categories, Cells, Numbers, Texts
from nbtrack.data.tables import Table

if TYPE_CHECKING:
    from nbtrack.data.cells import Array

MAX_ROWS = 10_000
MAX_CELLS = 500_000
"""So many columns are looked at in fewer rows."""
MAX_COLUMNS = 1_000


@dataclass(frozen=True)
class SampledColumn:
    """A column with the cells of the rows that were sampled."""

    name: Any
    dtype: str
    cells: Cells


@dataclass(frozen=True)
class Sample:
    """The first `MAX_COLUMNS` columns of data; ``n_rows`` is how many of its rows are in it."""

    n_rows: int
    columns: tuple[SampledColumn, ...]


def sample_of(table: Table) -> Sample:
    """Take a sample of rows: one, at random, of each of `MAX_ROWS` stretches. Of equal data it is the same."""
    most = min(MAX_ROWS, max(MAX_CELLS // max(table.row_cells, 1), 1))
    taken = table.take(spread(table.n_rows, most)) if table.n_rows > most else table
    columns = itertools.islice(taken.columns(), MAX_COLUMNS)
    return Sample(taken.n_rows, tuple(SampledColumn(each.name, each.dtype, each.cells()) for each in columns))


def missing_in(cells: Cells) -> Array:
    """Return, for the cells in flat order, which of them have no value."""
    import numpy as np

    if isinstance(cells, Texts):
        return cells.lengths < 0
    if isinstance(cells, Categories):
        return cells.codes < 0
    if isinstance(cells, Numbers):
        values = cells.values.reshape(-1)
        # Of all plain types exactly NaN and NaT are unlike themselves.
        unlike: Array = values != values
        return unlike if cells.missing is None else unlike | cells.missing.reshape(-1)
    return np.fromiter(map(_is_missing, cells.values), np.bool_, len(cells.values))


def spread(count: int, most: int) -> Array:
    """Return as many as ``most`` of ``count`` positions: one, at random, of each of as many stretches."""
    # Not every tenth: data recurs, by the hour or by the month.
    import numpy as np

    places = np.arange(most) + np.random.default_rng(0).random(most)
    return np.minimum((places * (count / most)).astype(np.int64), count - 1)


def _is_missing(value: Any) -> bool:
    import pandas as pd

    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and value != value)
