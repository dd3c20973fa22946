"""What a model needs, from the metadata of the packages that are installed; never by running anything."""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Iterable
from importlib import metadata

# Import name -> distribution, for what nearly every model needs: a table of two lines saves
# reading the file list of every installed distribution (0.3 s in a usual environment).
_WELL_KNOWN = {"sklearn": "scikit-learn", "yaml": "pyyaml", "PIL": "pillow", "cv2": "opencv-python"}


def pinned(import_names: Iterable[str]) -> list[str]:
    """Return ``name==version`` for the distributions that bring these import names, sorted.

    Modules of the standard library, of the user's own folders, and names that nothing installed brings, are left out.
    """
    pins = {pin for name in import_names for pin in _pins(name.partition(".")[0])}
    return sorted(pins, key=str.lower)


@functools.cache
def _pins(import_name: str) -> tuple[str, ...]:
    if import_name in sys.stdlib_module_names or import_name == "__main__":
        return ()
    return tuple(
        f"{_normalized(distribution)}=={metadata.version(distribution)}" for distribution in _distributions(import_name)
    )


def _distributions(import_name: str) -> list[str]:
    # Most distributions are named as what they bring; asking for one by name costs 0.4 ms.
    for guess in (_WELL_KNOWN.get(import_name), import_name):
        if guess is not None and _brings(guess, import_name):
            return [guess]
    return list(dict.fromkeys(_all_distributions().get(import_name, ())))


def _brings(distribution: str, import_name: str) -> bool:
    try:
        found = metadata.distribution(distribution)
    except (metadata.PackageNotFoundError, ValueError):
        return False
    top_level = found.read_text("top_level.txt")
    if top_level is not None:
        return import_name in top_level.split()
    record = found.read_text("RECORD") or ""
    return (
        record.startswith((f"{import_name}/", f"{import_name}."))
        or f"\n{import_name}/" in record
        or (f"\n{import_name}.py," in record or _is_editable(found))
    )


def _is_editable(distribution: metadata.Distribution) -> bool:
    return '"editable"' in (distribution.read_text("direct_url.json") or "")


@functools.cache
def _all_distributions() -> dict[str, list[str]]:
    return dict(metadata.packages_distributions())


def _normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
