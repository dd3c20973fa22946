"""What a model needs, from the metadata of the packages that are installed; never by running anything."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable

from nbtrack.distributions import distribution_of


def pinned(import_names: Iterable[str]) -> list[str]:
    """Return ``name==version`` for the distributions that bring these import names, sorted.

    Modules of the standard library, of the user's own folders, and names that nothing installed brings, are left out.
    """
    modules = {name.partition(".")[0] for name in import_names} - sys.stdlib_module_names - {"__main__"}
    found = {distribution_of(module) for module in modules}
    return sorted(f"{_normalized(name)}=={version}" for name, version in filter(None, found))


def _normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
