"""Tables in the bytes that ``crate.R`` reads and writes, exactly: no number passes through decimal text.

Everything is little-endian. Columns are their count (int32), then each: its name as a text, its kind and its length
(int32 each), its values. The kinds are doubles (0), int32 (1), logicals as int32 (2) and texts (3). Texts are their
lengths in bytes (int32; -1 for none), then all their bytes in UTF-8. The least int32 is R's missing value.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nbtrack.errors import InvalidInput

if TYPE_CHECKING:
    import numpy as np

_DOUBLE, _INTEGER, _LOGICAL, _TEXT = range(4)
_NONE = -(2**31)
_WHOLE = 2**53
"""Up to here a double holds every whole number."""


def packed(columns: Mapping[str, Any]) -> bytes:
    """Return columns, by name, as bytes.

    Raises
    ------
    InvalidInput
        A column holds what R has no vector for, or numbers that it would round.
    """
    return struct.pack("<i", len(columns)) + b"".join(_packed_column(name, column) for name, column in columns.items())


def _packed_column(name: str, column: Any) -> bytes:
    import pandas as pd

    values = pd.Series(column)
    kind, content = _content(name, values)
    return _texts([name]) + struct.pack("<ii", kind, len(values)) + content


def _content(name: str, values: Any) -> tuple[int, bytes]:
    import pandas as pd

    kinds = pd.api.types
    missing = values.isna().to_numpy()
    if kinds.is_bool_dtype(values.dtype):
        return _LOGICAL, _integers(values, missing)
    if kinds.is_integer_dtype(values.dtype):
        return _whole_numbers(name, values, missing)
    if kinds.is_float_dtype(values.dtype):
        return _DOUBLE, values.to_numpy("<f8", na_value=float("nan")).tobytes()
    texts = [None if none else value for value, none in zip(values, missing, strict=True)]
    if not all(text is None or isinstance(text, str) for text in texts):
        raise InvalidInput(
            f"R can't be given the column {name!r} of {values.dtype}: give numbers, booleans or text. "
            "A time may be text that the function reads."
        )
    return _TEXT, _texts(texts)


def _whole_numbers(name: str, values: Any, missing: np.ndarray[Any, Any]) -> tuple[int, bytes]:
    present = values[~missing]
    largest = max(abs(int(present.min())), abs(int(present.max()))) if len(present) else 0
    if largest < -_NONE:
        return _INTEGER, _integers(values, missing)
    if largest > _WHOLE:
        raise InvalidInput(f"R would round the column {name!r}: its numbers go up to {largest}. Give them as text.")
    return _DOUBLE, values.to_numpy("<f8", na_value=float("nan")).tobytes()


def _integers(values: Any, missing: np.ndarray[Any, Any]) -> bytes:
    integers = values.to_numpy("<i4", na_value=0) if missing.any() else values.to_numpy("<i4")
    integers = integers.copy()
    integers[missing] = _NONE
    return bytes(integers.tobytes())


def _texts(texts: Sequence[str | None]) -> bytes:
    encoded = [None if text is None else text.encode() for text in texts]
    if any(text is not None and b"\0" in text for text in encoded):
        raise InvalidInput("R can't be given text with NUL characters in it.")
    lengths = [-1 if text is None else len(text) for text in encoded]
    return struct.pack(f"<{len(lengths)}i", *lengths) + b"".join(text or b"" for text in encoded)


@dataclass
class Reader:
    """Reads bytes that ``crate.R`` wrote, from front to back."""

    content: bytes
    position: int = 0

    def integer(self) -> int:
        return int(self._array("<i4", 1)[0])

    def columns(self) -> list[tuple[str, Any]]:
        """Return the columns with their names, in their order."""
        return [self._column() for _ in range(self.integer())]

    def _column(self) -> tuple[str, Any]:
        name = str(self._texts(1)[0])
        kind, length = self.integer(), self.integer()
        if kind == _DOUBLE:
            return name, self._array("<f8", length).astype(float)
        if kind == _TEXT:
            return name, self._texts(length)
        return name, _with_none(self._array("<i4", length), bool if kind == _LOGICAL else int)

    def _texts(self, count: int) -> Any:
        import numpy as np

        texts = np.empty(count, dtype=object)
        for number, length in enumerate(self._array("<i4", count)):
            texts[number] = None if length < 0 else self._bytes(int(length)).decode()
        return texts

    def _array(self, dtype: str, count: int) -> Any:
        import numpy as np

        return np.frombuffer(self._bytes(count * np.dtype(dtype).itemsize), dtype)

    def _bytes(self, count: int) -> bytes:
        start, self.position = self.position, self.position + count
        return self.content[start : self.position]


def _with_none(values: Any, kind: type) -> Any:
    """Return integers or logicals; where one is missing, as NumPy says it: NaN, or None among objects."""
    import numpy as np

    missing = values == _NONE
    if not missing.any():
        return values.astype(kind)
    if kind is int:
        return np.where(missing, np.nan, values)
    return np.where(missing, None, values.astype(bool).astype(object))
