"""polars' frames as pandas' ones, losing nothing; neither pyarrow nor polars is imported for it."""

from __future__ import annotations

import sys
from typing import Any


def is_polars(value: object) -> bool:
    """Return whether ``value`` is a DataFrame or Series of polars."""
    polars = sys.modules.get("polars")
    return polars is not None and isinstance(value, (polars.DataFrame, polars.Series))


def to_pandas(given: Any) -> Any:
    """Return a frame or series of pandas with the same columns, types and missing values."""
    import pandas as pd

    if hasattr(given, "columns"):
        return pd.DataFrame({column.name: to_pandas(column) for column in given.get_columns()})
    return pd.Series(_values(given), name=given.name or None)


def _values(column: Any) -> Any:
    import pandas as pd

    dtype = column.dtype
    if column.null_count() and (dtype.is_integer() or str(dtype) == "Boolean"):
        # NumPy has no missing integers; pandas' own types carry the names that polars gives them.
        return pd.array(column.to_list(), dtype="boolean" if str(dtype) == "Boolean" else str(dtype))
    if dtype.is_numeric() and not dtype.is_decimal():
        return column.to_numpy()
    if dtype.is_temporal() and str(dtype) != "Time":
        zone = getattr(dtype, "time_zone", None)
        values = pd.Series(column.to_numpy())
        return values.dt.tz_localize("UTC").dt.tz_convert(zone) if zone else values
    return pd.Series(column.to_list(), dtype="bool" if str(dtype) == "Boolean" else None)
