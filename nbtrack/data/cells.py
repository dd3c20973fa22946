"""The cells of a column in one form, whichever library holds them, so that equal content is equal here."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]

PLAIN_KINDS = "biufcmM"
"""NumPy's letters for what has a value in its own bytes: booleans, numbers, durations and dates."""


@dataclass(frozen=True)
class Numbers:
    """Booleans, numbers, dates (in UTC, where they have a ``zone``) or durations, of any shape.

    ``missing`` marks the cells that have no value, where the dtype has none to say so.
    """

    values: Array
    missing: Array | None = None
    zone: str = ""


@dataclass(frozen=True)
class Texts:
    """Texts in UTF-8, one after the other; ``lengths`` are in bytes, and -1 where there is no text."""

    lengths: Array
    utf8: bytes | memoryview

    def to_list(self) -> list[str | None]:
        texts: list[str | None] = []
        end = 0
        for length in self.lengths.tolist():
            start, end = end, end + max(length, 0)
            texts.append(None if length < 0 else str(self.utf8[start:end], "utf-8", "surrogatepass"))
        return texts


@dataclass(frozen=True)
class Categories:
    """``codes`` are positions in ``categories``, and -1 where there is no value."""

    codes: Array
    categories: Numbers | Texts | Objects
    is_ordered: bool


@dataclass(frozen=True)
class Objects:
    """Anything else, as Python's objects."""

    values: list[Any]


Cells = Numbers | Texts | Categories | Objects


def array_cells(array: Array) -> Cells:
    """Return the cells of a NumPy array of any shape; texts and objects come flat."""
    import numpy as np

    if isinstance(array, np.ma.MaskedArray) and array.dtype.kind in PLAIN_KINDS:
        zero: Any = np.zeros((), array.dtype)[()]
        return Numbers(array.filled(zero), _any(np.ma.getmaskarray(array)))
    array = np.asarray(array)  # a matrix has two dimensions whatever is done to it
    if array.dtype.kind in PLAIN_KINDS:
        return Numbers(array)
    return _object_cells(array.astype(object).ravel())


def pandas_cells(series: Any) -> Cells:
    """Return the cells of a Series."""
    import numpy as np
    import pandas as pd

    dtype = series.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        codes = series.cat.codes.to_numpy(np.int32)
        # Categories are never categories themselves.
        categories = cast("Numbers | Texts | Objects", pandas_cells(series.cat.categories.to_series()))
        return Categories(codes, categories, bool(dtype.ordered))
    if isinstance(dtype, pd.ArrowDtype):
        return arrow_cells(sys.modules["pyarrow"].array(series.array))
    if isinstance(dtype, pd.SparseDtype):
        return pandas_cells(series.sparse.to_dense())
    if isinstance(dtype, pd.DatetimeTZDtype):
        return Numbers(series.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy(), zone=str(dtype.tz))
    if isinstance(dtype, np.dtype) and dtype.kind in PLAIN_KINDS:
        return Numbers(series.to_numpy())
    if hasattr(dtype, "numpy_dtype") and getattr(dtype, "kind", "O") in "biuf":
        missing = series.isna().to_numpy()
        return Numbers(series.to_numpy(dtype=dtype.numpy_dtype, na_value=dtype.numpy_dtype.type(0)), _any(missing))
    if getattr(dtype, "storage", None) == "pyarrow":
        return arrow_texts(sys.modules["pyarrow"].array(series.array))
    return _object_cells(series.astype(object).to_numpy())


def polars_cells(series: Any) -> Cells:
    """Return the cells of a polars Series. pyarrow is not needed."""
    import pandas as pd
    import polars as pl

    dtype = series.dtype
    if dtype == pl.String:
        return _polars_texts(series)
    if dtype in (pl.Categorical, pl.Enum):
        # The numbers that polars gives categories depend on what else it has read.
        return pandas_cells(pd.Series(pd.Categorical(series.cast(pl.String).to_numpy())))
    if dtype.is_temporal() and dtype != pl.Time:
        return Numbers(series.to_numpy(), zone=getattr(dtype, "time_zone", None) or "")
    is_number = dtype.is_numeric() and not dtype.is_decimal() and "128" not in str(dtype)
    if is_number or dtype == pl.Boolean:
        values = series.fill_null(0 if is_number else False).to_numpy()
        return Numbers(values, _any(series.is_null().to_numpy()))
    return Objects(series.to_list())


def arrow_cells(array: Any) -> Cells:
    """Return the cells of a pyarrow Array or ChunkedArray."""
    import pyarrow as pa

    kind = array.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return arrow_texts(array)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind):
        return _arrow_numbers(array)
    if pa.types.is_date(kind):
        return Numbers(array.to_numpy(zero_copy_only=False))  # pandas would make Python's objects of days
    if pa.types.is_temporal(kind) or pa.types.is_dictionary(kind):
        return pandas_cells(array.to_pandas())
    return Objects(array.to_pylist())


def _arrow_numbers(array: Any) -> Numbers:
    import numpy as np
    import pyarrow as pa

    missing = _any(array.is_null().to_numpy(zero_copy_only=False))
    if missing is None:
        return Numbers(array.to_numpy(zero_copy_only=False))
    if pa.types.is_floating(array.type):
        values = array.to_numpy(zero_copy_only=False)
        return Numbers(np.where(missing, values.dtype.type(0), values), missing)
    nothing = False if pa.types.is_boolean(array.type) else 0
    return Numbers(array.fill_null(pa.scalar(nothing, array.type)).to_numpy(zero_copy_only=False), missing)


def arrow_texts(array: Any) -> Texts:
    """Return texts of pyarrow without making Python's objects of them."""
    import numpy as np
    import pyarrow as pa

    missing = array.is_null().to_numpy(zero_copy_only=False)
    # What stands in the place of a missing text is undefined.
    whole = array.cast(pa.large_string()).fill_null("")
    whole = whole.combine_chunks() if isinstance(whole, pa.ChunkedArray) else whole
    if len(whole) == 0:
        return Texts(np.empty(0, np.int64), b"")
    _, offsets_buffer, data = whole.buffers()
    offsets = np.frombuffer(offsets_buffer, np.int64)[whole.offset : whole.offset + len(whole) + 1]
    utf8 = memoryview(data)[offsets[0] : offsets[-1]] if data is not None else b""
    return Texts(np.where(missing, -1, np.diff(offsets)), utf8)


def _polars_texts(series: Any) -> Texts:
    import polars as pl

    lengths = series.str.len_bytes().cast(pl.Int64).fill_null(-1).to_numpy()
    return Texts(lengths, (series.str.join("").item() if len(series) else "").encode())


def _object_cells(values: Array) -> Cells:
    import numpy as np
    import pandas as pd

    missing = pd.isna(values)
    if pd.api.types.infer_dtype(values, skipna=True) not in ("string", "empty"):
        return Objects(values.tolist())
    if not missing.any():
        return _listed_texts(values.tolist(), missing)
    return _listed_texts(np.where(missing, "", values).tolist(), missing)


def _listed_texts(texts: Sequence[str], missing: Array) -> Texts:
    import numpy as np

    joined = "".join(texts)
    encoded = texts if joined.isascii() else [text.encode("utf-8", "surrogatepass") for text in texts]
    lengths = np.fromiter(map(len, encoded), np.int64, len(texts))
    return Texts(np.where(missing, -1, lengths), joined.encode("utf-8", "surrogatepass"))


def _any(missing: Array) -> Array | None:
    return missing if missing.any() else None
