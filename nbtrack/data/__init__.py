"""Datasets, under the names that ``mlflow.data``'s users know: what a run used, known again by its content.

>>> import numpy as np
>>> dataset = from_numpy(np.arange(6.0).reshape(2, 3), name="numbers")
>>> dataset
<NumpyDataset 'numbers' 39e7017f9c55fddf>

**The digest** is XXH3 (64 bits) over the shape, and the names, types and values of the columns, in their order. It is
the same in every process and on every machine. So it makes no difference which library holds a table (pandas, polars,
pyarrow), in which order bytes or memory are laid out, which bits spell a NaN, how a sparse matrix is compressed. An
index of whole numbers without a name, which filtering and splitting leave behind, does not count; any other index does.
The order of rows and columns counts, dtypes count (float32 is not float64, nor are categories texts). What would take
much longer than 50 ms is hashed by a regular sample of its rows: the digest begins with ``~`` then, and the profile has
``digest_rows``.

**The profile** has the missing values, quantiles, histograms and most frequent values of the columns; see
``nbtrack.data.profile``.

``nbtrack.log_input`` takes these datasets, and plain data too.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbtrack.data.dataset import Dataset, NumpyDataset, PandasDataset, PolarsDataset
from nbtrack.data.description import describe_dataset, is_dataset
from nbtrack.data.foreign import Labelled, dataset_of, labelled
from nbtrack.data.parquet import ParquetDataset
from nbtrack.data.sources import Source
from nbtrack.errors import InvalidInput

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

    from nbtrack.data.dataset import Arrayed

__all__ = [
    "Dataset",
    "Labelled",
    "NumpyDataset",
    "PandasDataset",
    "ParquetDataset",
    "PolarsDataset",
    "Source",
    "dataset_of",
    "describe_dataset",
    "from_numpy",
    "from_pandas",
    "from_parquet",
    "from_polars",
    "is_dataset",
    "labelled",
]


def from_pandas(
    df: pd.DataFrame,
    source: object = None,
    targets: str | None = None,
    name: str | None = None,
    digest: str | None = None,
    predictions: str | None = None,
) -> PandasDataset:
    """Make a dataset of a DataFrame.

    Parameters
    ----------
    source
        Where it came from: a path, a URL. A file's digest is kept with it, credentials in a URL are not.
    targets, predictions
        Names of the columns that hold the true values, and predictions made before.
    name
        Default: 'dataset'.
    digest
        In place of the content's own.

    Raises
    ------
    InvalidInput
        There is no such column, or the source is neither a path nor a URL.
    """
    _check_type(df, "pandas", "from_pandas()")
    return PandasDataset(df, targets=targets, predictions=predictions, source=source, name=name, digest=digest)


def from_polars(
    df: pl.DataFrame,
    source: object = None,
    targets: str | None = None,
    name: str | None = None,
    digest: str | None = None,
    predictions: str | None = None,
) -> PolarsDataset:
    """Make a dataset of a DataFrame of polars; see `from_pandas`."""
    _check_type(df, "polars", "from_polars()")
    return PolarsDataset(df, targets=targets, predictions=predictions, source=source, name=name, digest=digest)


def from_numpy(
    features: Arrayed,
    source: object = None,
    targets: Arrayed | None = None,
    name: str | None = None,
    digest: str | None = None,
) -> NumpyDataset:
    """Make a dataset of an array, or a dict of arrays, with rows first, and perhaps the rows' targets.

    Raises
    ------
    InvalidInput
        It is something else, or features and targets differ in their number of rows.
    """
    return NumpyDataset(features, targets=targets, source=source, name=name, digest=digest)


def from_parquet(
    path: str | Path,
    source: object = None,
    targets: str | None = None,
    name: str | None = None,
    digest: str | None = None,
    predictions: str | None = None,
) -> ParquetDataset:
    """Make a dataset of a Parquet file, or a folder of them (``key=value`` in its folders' names are columns).

    Only the footers are read, until somebody asks for ``df``. Needs ``pip install nbtrack[parquet]``.

    Parameters
    ----------
    source
        Default: the path.

    Raises
    ------
    InvalidInput
        There is none, or it is something else.
    MissingPackage
        pyarrow is not installed.
    """
    given = path if source is None else source
    return ParquetDataset(path, targets=targets, predictions=predictions, source=given, name=name, digest=digest)


def _check_type(df: Any, package: str, caller: str) -> None:
    kind = type(df)
    if kind.__name__ == "LazyFrame":
        raise InvalidInput(f"{caller} takes data that is there: collect() the LazyFrame first.")
    if not any(each.__name__ == "DataFrame" and each.__module__.startswith(package) for each in kind.__mro__):
        raise InvalidInput(f"{caller} takes a DataFrame of {package}, not a {kind.__name__}.")
