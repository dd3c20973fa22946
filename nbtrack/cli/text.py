"""Text that others wrote, made fit for a terminal: harmless, and as wide as there is room."""

from __future__ import annotations

import re
import unicodedata

ELLIPSIS = "…"
# Control characters, halves of surrogates, and what turns the direction of the text around.
_HARMFUL = {"Cc", "Cs"}
_DIRECTIONS = {*range(0x202A, 0x202F), *range(0x2066, 0x206A)}
_HARMFUL_IN_JSON = re.compile("[\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: str) -> str:
    """Return ``text`` with what would steer the terminal written out, as in ``\\x1b``."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escaped(character) if _is_harmful(character) else character for character in text)


def printable_json(document: str) -> str:
    """Return a JSON document that says the same, without a character that would steer the terminal."""
    return _HARMFUL_IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", document)


def one_line(text: str) -> str:
    """Return ``text`` fit for a cell of a table: line breaks and runs of spaces become one space."""
    return printable(" ".join(text.split()))


def width_of(text: str) -> int:
    """Return how many columns of a terminal ``text`` takes."""
    if text.isascii():
        return len(text)
    return sum(_character_width(character) for character in text)


def fitted(text: str, width: int) -> str:
    """Return ``text``, cut with an ellipsis if it is wider than ``width`` columns."""
    if width_of(text) <= width:
        return text
    kept, room = [], width - 1
    for character in text:
        room -= _character_width(character)
        if room < 0:
            break
        kept.append(character)
    return "".join(kept) + ELLIPSIS


def _character_width(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Cf", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def _is_harmful(character: str) -> bool:
    return unicodedata.category(character) in _HARMFUL or ord(character) in _DIRECTIONS


def _escaped(character: str) -> str:
    return (
        character.encode("ascii", "backslashreplace").decode() if ord(character) > 127 else f"\\x{ord(character):02x}"
    )
