"""How a float is written: for people, and where JSON has no word for it."""

from __future__ import annotations

import math


def json_number(value: float) -> float | str:
    """Return a number that JSON can hold; NaN and the infinities travel as text."""
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def format_number(value: float) -> str:
    """Format a number with 4 significant digits; counts and large whole numbers stay whole."""
    if float(value).is_integer() and abs(value) < 1e15:
        return f"{value:.0f}"
    return f"{value:.4g}"
