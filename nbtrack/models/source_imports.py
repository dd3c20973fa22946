"""Which modules a Python source imports, read without running it."""

from __future__ import annotations

import ast
from pathlib import Path

from nbtrack.errors import MalformedModel


def imports_of_source(source: str | bytes | Path) -> list[str]:
    """Return the modules that the ``import`` statements of a source name, sorted; relative ones are left out.

    Raises
    ------
    MalformedModel
        It is no Python.

    Examples
    --------
    >>> imports_of_source("import os.path\\nfrom json import loads\\nfrom . import beside")
    ['json', 'os.path']
    """
    try:
        tree = ast.parse(source.read_bytes() if isinstance(source, Path) else source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        where = f"{source} is" if isinstance(source, Path) else "This is"
        raise MalformedModel(f"{where} no Python that can be read: {error}") from None
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
    return sorted(found)
