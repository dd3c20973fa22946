"""What somebody means who types words where filters go."""

from __future__ import annotations

import re

from nbtrack.store.filters.fields import RUN_FIELDS
from nbtrack.store.filters.tree import quoted

_PREFIXES = "|".join(map(re.escape, RUN_FIELDS.prefixes))
_ATTRIBUTES = "|".join(sorted(set(RUN_FIELDS.attributes.values())))
_FILTER = re.compile(
    rf"[=<>!`]|^\W*(not\W+)?(({_PREFIXES})\.|({_ATTRIBUTES})\b)|\w\s+(i?like|between|in\s*\(|is\s+(not\s+)?null)",
    re.IGNORECASE,
)


def is_words(text: str) -> bool:
    """Tell whether a text is no filter, nor the beginning of one, and so the words of a run's name."""
    return bool(text.strip()) and _FILTER.search(text) is None


def filter_of(text: str) -> str:
    """Return the filter that a text means: itself, or, of words, that the run's name has each of them."""
    if not is_words(text):
        return text
    return " and ".join(f"attributes.run_name ILIKE {quoted(f'%{word}%')}" for word in text.split())
