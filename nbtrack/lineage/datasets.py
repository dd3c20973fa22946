"""Knowing data again by its content."""

from __future__ import annotations

import sys
from typing import Any

from nbtrack.entities import ColumnSchema, Dataset

MAX_HASHED_BYTES = 256 * 1024 * 1024
"""More than this is hashed by a regular sample of its rows; the digest then starts with ``~``."""
MAX_HASHED_OBJECTS = 100_000
"""Rows of Python objects (texts) that are hashed in full; hashing those is slower."""
MAX_COLUMNS = 1_000


def is_dataset(value: object) -> bool:
    """Tell whether ``describe_dataset`` knows this kind of object; imports nothing."""
    pandas, numpy = sys.modules.get("pandas"), sys.modules.get("numpy")
    if pandas is not None and isinstance(value, (pandas.DataFrame, pandas.Series)):
        return True
    if numpy is not None and isinstance(value, numpy.ndarray):
        return bool(value.ndim > 0)
    return hasattr(value, "tocsr") and hasattr(value, "shape")


def describe_dataset(value: Any, *, name: str, source: str = "") -> Dataset:
    """Describe a DataFrame, Series, array or sparse matrix: shape, columns and a digest of the content.

    The digest is the same in every session for equal content; it does not depend on the name.
    """
    shape = tuple(int(length) for length in value.shape)
    return Dataset(name=name, digest=_digest(value), shape=shape, columns=_columns(value), source=source)


def _columns(value: Any) -> tuple[ColumnSchema, ...]:
    if hasattr(value, "columns"):
        types = [str(dtype) for dtype in value.dtypes]
        named = zip(value.columns, types, strict=True)
        return tuple(ColumnSchema(str(name), dtype) for name, dtype in list(named)[:MAX_COLUMNS])
    return (ColumnSchema(str(getattr(value, "name", None) or ""), str(value.dtype)),)


def _digest(value: Any) -> str:
    import xxhash

    sampled, is_sample = _sampled(value)
    hasher = xxhash.xxh3_64()
    hasher.update(repr((type(value).__name__, tuple(value.shape))).encode())
    for part in _parts(sampled):
        hasher.update(part)
    return ("~" if is_sample else "") + hasher.hexdigest()


def _sampled(value: Any) -> tuple[Any, bool]:
    rows = value.shape[0]
    most_rows = MAX_HASHED_OBJECTS if _has_objects(value) else rows
    stride = max(-(-_size_bytes(value) // MAX_HASHED_BYTES), -(-rows // max(most_rows, 1)), 1)
    if stride == 1:
        return value, False
    return (value.iloc[::stride] if hasattr(value, "iloc") else value[::stride]), True


def _size_bytes(value: Any) -> int:
    if hasattr(value, "iloc"):
        usage = value.memory_usage(deep=False)
        return int(usage.sum() if hasattr(usage, "sum") else usage)
    return int(value.nbytes if hasattr(value, "nbytes") else value.data.nbytes)


def _has_objects(value: Any) -> bool:
    dtypes = value.dtypes if hasattr(value, "columns") else [value.dtype]
    return any(not _is_plain(dtype) for dtype in dtypes)


def _is_plain(dtype: Any) -> bool:
    return getattr(dtype, "kind", "O") in "biufcmM" and not hasattr(dtype, "na_value")


def _parts(value: Any) -> list[bytes | memoryview]:
    if hasattr(value, "columns"):
        parts: list[bytes | memoryview] = []
        for position, name in enumerate(value.columns):
            parts.append(repr(name).encode())
            parts.extend(_parts(value.iloc[:, position]))
        return parts
    if hasattr(value, "tocsr"):
        compressed = value.tocsr()
        return [_bytes(compressed.data), _bytes(compressed.indices), _bytes(compressed.indptr)]
    if _is_plain(value.dtype):
        return [str(value.dtype).encode(), _bytes(value.to_numpy() if hasattr(value, "to_numpy") else value)]
    import pandas as pd

    return [_bytes(pd.util.hash_pandas_object(pd.Series(value.ravel() if value.ndim > 1 else value), index=False))]


def _bytes(array: Any) -> memoryview:
    import numpy as np

    # Dates have no buffer of their own; as bytes every plain type has.
    return np.ascontiguousarray(array).view(np.uint8).reshape(-1).data
