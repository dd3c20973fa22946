"""What may name an owner of artifacts, and an artifact. What comes in has been decoded once, by whoever took it."""

from __future__ import annotations

import os
import re
import unicodedata
from pathlib import PurePosixPath
from urllib.parse import unquote

from nbtrack.errors import InvalidPath

MAX_NAME_BYTES = 255
MAX_PARTS = 100
"""Folders in one another are walked by functions that call themselves."""
PARTIAL_PREFIX = ".nbtrack-partial-"
"""How the names of files begin that are still being written; nobody sees them."""

_OWNER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}", re.ASCII)
_MAX_DECODINGS = 5


def check_owner(owner_id: str) -> str:
    """Return the id of a run or a logged model if it can be one, or raise InvalidPath."""
    if not _OWNER.fullmatch(owner_id):
        raise InvalidPath(f"{owner_id!r} is no id of a run or a model.")
    return owner_id


def check_relative(path: str) -> tuple[str, ...]:
    """Return the parts of a relative path with forward slashes, or raise InvalidPath.

    A path is refused too if somebody who decodes it again, or folds its characters, would read one that leads out.
    """
    for spelling in _spellings(path):
        if _leads_out(spelling):
            raise InvalidPath(
                f"{path!r} can't be an artifact's path: use a relative one with forward slashes, without '..' "
                "and control characters."
            )
    parts = PurePosixPath(path).parts
    if len(parts) > MAX_PARTS:
        raise InvalidPath(f"The artifact path has {len(parts):,} folders in one another; at most {MAX_PARTS} are kept.")
    for part in parts:
        if len(os.fsencode(part)) > MAX_NAME_BYTES:
            raise InvalidPath(f"The artifact path has a part of {len(part)} characters; file systems keep fewer.")
        if part.startswith(PARTIAL_PREFIX):
            raise InvalidPath(
                f"{path!r} can't be an artifact's path: names that begin with {PARTIAL_PREFIX!r} are taken."
            )
    return parts


def normal(path: str) -> str:
    """Return a path from outside in the one way in which it is recorded; "" is the owner's folder itself."""
    return "/".join(check_relative(path))


def is_normal(path: str) -> bool:
    """Tell whether a path is an artifact's, in the one way in which it is recorded."""
    try:
        return bool(path) and normal(path) == path
    except InvalidPath:
        return False


def below(folder: str, path: str) -> str:
    """Return ``path``, which is relative to an artifact folder, as a path below the owner's artifacts."""
    return str(PurePosixPath(folder, path))


def _spellings(path: str) -> list[str]:
    found = [path]
    while len(found) <= _MAX_DECODINGS and (decoded := unquote(found[-1])) != found[-1]:
        found.append(decoded)
    return found


def _leads_out(path: str) -> bool:
    has_bad_character = "\\" in path or any(unicodedata.category(character) in ("Cc", "Cs") for character in path)
    first = path.partition("/")[0]
    names_a_drive = ":" in first or (os.name == "nt" and ":" in path)
    # Dots and spaces alone are '.', '..', or something that some system takes for them.
    folded = unicodedata.normalize("NFKC", path).replace("\\", "/").split("/")
    climbs = any(part not in ("", ".") and not part.strip(". ") for part in folded)
    return path.startswith("/") or has_bad_character or names_a_drive or climbs
