"""Knowing data again by its content: in another session, in another process, on another machine."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nbtrack.data.cells import Categories, Cells, Numbers, Texts
from nbtrack.data.tables import Table

if TYPE_CHECKING:
    import xxhash

    from nbtrack.data.cells import Array

MAX_WEIGHT = 256 * 1024 * 1024
"""What is hashed at most, in bytes of numbers, which takes some 50 ms.

What weighs more is told by a regular sample that weighs a quarter of this: its rows have to be gathered first.
"""
# How much longer than a byte of numbers the others take.
_TEXT_WEIGHT = 400
_OBJECT_WEIGHT = 8_000
_WEIGHED_CELLS = 10_000
_WEIGHED_COLUMNS = 200
_DEEPEST = 20
"""Lists within lists, or a list that holds itself, are looked into this far."""
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


def digest_of(table: Table) -> tuple[str, int]:
    """Return the digest of all content, and how many of the rows it was made of.

    If those are not all, the digest begins with ``~``. It is XXH3 (64 bits) over the shape, and the names, types and
    values of the columns in their order. Which library holds a table makes no difference, nor do the
    bytes' order, how a NaN is spelled, where an array lies in memory, how a sparse matrix is compressed, and an index
    of whole numbers without a name.
    """
    import numpy as np
    import xxhash

    n_rows = table.n_rows
    stride = _stride(table)
    hashed = table if stride == 1 else table.take(np.arange(0, n_rows, stride))
    hasher = xxhash.xxh3_64(repr((table.kind, tuple(map(int, table.shape)))).encode())
    for column in hashed.content():
        hasher.update(_stable_text(column.name).encode("utf-8", "surrogatepass"))
        _update(hasher, column.cells())
    return ("" if stride == 1 else "~") + hasher.hexdigest(), hashed.n_rows


def _stride(table: Table) -> int:
    """Return 1 to hash all rows, 2 for every second, ... told from the content alone, not from who holds it."""
    import numpy as np

    n_rows = table.n_rows
    if n_rows == 0:
        return 1
    few = np.arange(0, n_rows, -(-n_rows // max(_WEIGHED_CELLS // max(table.row_cells, 1), 1)))
    weights = [_weight(each.cells()) for each in itertools.islice(table.take(few).columns(), _WEIGHED_COLUMNS)]
    n_others = max(table.n_columns - len(weights), 0) if table.kind == "table" else 0
    weight = sum(weights) * (1 + n_others / max(len(weights), 1)) / len(few)
    total = int(weight * n_rows)
    return 1 if total <= MAX_WEIGHT else -(-total // (MAX_WEIGHT // 4))


def _weight(cells: Cells) -> int:
    if isinstance(cells, Numbers):
        return int(cells.values.nbytes)
    if isinstance(cells, Categories):
        return int(cells.codes.nbytes)
    if isinstance(cells, Texts):
        return _TEXT_WEIGHT * len(cells.lengths) + len(cells.utf8)
    return _OBJECT_WEIGHT * len(cells.values)


def _update(hasher: xxhash.xxh3_64, cells: Cells) -> None:
    if isinstance(cells, Numbers):
        values = _canonical(cells.values)
        hasher.update(f"numbers {values.dtype.str[1:]} {values.shape} {cells.zone};".encode())
        hasher.update(_bytes(values))
        if cells.missing is not None:
            hasher.update(_bytes(cells.missing))
    elif isinstance(cells, Texts):
        hasher.update(f"texts {len(cells.lengths)};".encode())
        hasher.update(_bytes(_canonical(cells.lengths)))
        hasher.update(cells.utf8)
    elif isinstance(cells, Categories):
        hasher.update(f"categories {cells.is_ordered} {len(cells.codes)};".encode())
        hasher.update(_bytes(_canonical(cells.codes)))
        _update(hasher, cells.categories)
    else:
        hasher.update(f"objects {len(cells.values)};".encode())
        hasher.update(_stable_text(cells.values).encode("utf-8", "surrogatepass"))


def _canonical(values: Array) -> Array:
    """Return values in little-endian order, with one NaN."""
    import numpy as np

    values = values.astype(values.dtype.newbyteorder("<"), copy=False)
    if values.dtype.kind == "f" and values.size and np.isnan(values.min()):
        return np.where(np.isnan(values), values.dtype.type(np.nan), values)
    return values


def _bytes(array: Array) -> memoryview:
    import numpy as np

    # Dates have no buffer of their own; as bytes every plain type has.
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8).data


def _stable_text(value: Any, depth: int = 0) -> str:
    """Return what tells a Python object from others, the same in every process."""
    if depth > _DEEPEST:
        return repr(value)
    if isinstance(value, Mapping):
        items = ((_stable_text(key, depth + 1), _stable_text(each, depth + 1)) for key, each in value.items())
        return f"{{{','.join(sorted(map(':'.join, items)))}}}"
    if isinstance(value, (set, frozenset)):
        return f"<{','.join(sorted(_stable_text(each, depth + 1) for each in value))}>"
    if isinstance(value, (list, tuple)):
        return f"[{','.join(_stable_text(each, depth + 1) for each in value)}]"
    if hasattr(value, "tolist"):
        # NumPy's text of its values differs between its versions.
        plain = value.tolist()
        if type(plain) is not type(value):
            return _stable_text(plain, depth + 1)
    # Where an object lies in memory says nothing of it.
    return f"{type(value).__name__} {_ADDRESS.sub('', repr(value))}"
