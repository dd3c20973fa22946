"""Values of any type as the text of a param."""

from __future__ import annotations

from typing import Any

from nbtrack.tracking.failure import storable

MAX_TEXT = 6_000
"""Characters of a captured param; longer ones, such as a list of a thousand stop words, are summed up."""


def text_of(value: Any) -> str:
    """Return what a value prints, or what it is if that is too long."""
    text = storable(str(value))
    if len(text) <= MAX_TEXT:
        return text
    size = f" of {len(value):,} items" if hasattr(value, "__len__") else ""
    return f"<{type(value).__name__}{size}, {len(text):,} characters>"
