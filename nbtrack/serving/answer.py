"""Write predictions as JSON."""

from __future__ import annotations

import base64
import datetime as dt
import json
import math
from collections.abc import Mapping
from typing import Any


def predictions_to_json(predictions: Any) -> bytes:
    """Return ``{"predictions": ...}``.

    NaN and other missing values become null, infinities the texts "Infinity" and "-Infinity" (JSON has no such
    numbers), bytes base64, dates ISO 8601.

    Raises
    ------
    TypeError
        There is a value that JSON can't say.
    """
    return json.dumps({"predictions": _plain(predictions)}, allow_nan=False).encode()


def _plain(value: Any) -> Any:
    if hasattr(value, "columns") and hasattr(value, "to_dict"):
        return _plain(value.to_dict(orient="records"))
    if hasattr(value, "to_frame") and hasattr(value, "tolist"):
        return _plain(value.tolist() if value.name is None else value.to_frame().to_dict(orient="records"))
    if hasattr(value, "toarray"):
        value = value.toarray()
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(item) for item in value]
    return _plain_scalar(value)


def _plain_scalar(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    if type(value).__name__ in ("NAType", "NaTType"):
        return None
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    raise TypeError(f"the model answers with a {type(value).__module__}.{type(value).__qualname__}")
