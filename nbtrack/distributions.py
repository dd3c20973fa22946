"""Which installed distribution brings a module, and in which version.

``importlib.metadata.packages_distributions()`` answers this for all modules at once by reading the file list of every
distribution: a fifth of a second on a warm disk, over a second on a cold one. Here that is the last resort.
"""

from __future__ import annotations

import functools
import os
import sys
from pathlib import Path

# Modules whose distribution is called otherwise and says so nowhere but in its file list.
_CALLED_OTHERWISE = {
    "PIL": "pillow",
    "attr": "attrs",
    "cv2": "opencv-python",
    "dateutil": "python-dateutil",
    "mpl_toolkits": "matplotlib",
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
    "zmq": "pyzmq",
}


@functools.cache
def distribution_of(module: str, *, is_thorough: bool = True) -> tuple[str, str] | None:
    """Return name and version of the distribution that brings a top-level module, or None.

    Parameters
    ----------
    module
        A top-level name such as ``sklearn``.
    is_thorough
        Read every distribution's file list if nothing cheaper answers.
    """
    for name in (_CALLED_OTHERWISE.get(module), module, _by_top_level().get(module)):
        version = None if name is None else _version(name)
        if name is not None and version is not None:
            return name, version
    names = _by_file_list().get(module) if is_thorough else None
    version = _version(names[0]) if names else None
    return (names[0], version) if names and version is not None else None


def distribution_name(module: str) -> str:
    """Return the normalized name under which a top-level module is most likely installed, be it there or not."""
    return _CALLED_OTHERWISE.get(module, module).lower().replace("_", "-")


def imported_distributions() -> dict[str, str]:
    """Return the distributions that the imported modules belong to, with their versions, by name."""
    top_level = {name.partition(".")[0] for name in list(sys.modules)} - sys.stdlib_module_names
    installed = sorted(name for name in top_level if _is_installed(name))
    found = (distribution_of(name, is_thorough=False) for name in installed)
    return dict(sorted(entry for entry in found if entry is not None))


def installed_version(distribution: str) -> str | None:
    """Return the version of a distribution, or None where it is not installed, as of the last ``pip install``."""
    return _version_at(distribution, tuple(map(_changed_at_ns, sys.path)))


@functools.lru_cache(maxsize=4096)
def _version_at(distribution: str, _stamps: tuple[int, ...]) -> str | None:
    # Metadata is parsed as an e-mail: a millisecond each.
    return _version(distribution)


def _changed_at_ns(folder: str) -> int:
    try:
        return os.stat(folder or ".").st_mtime_ns  # noqa: PTH116 a path object takes longer than the answer
    except OSError:
        return 0


def _is_installed(module: str) -> bool:
    file = getattr(sys.modules.get(module), "__file__", None)
    return not module.startswith("_") and file is not None and "-packages" in file


def _version(distribution: str) -> str | None:
    from importlib import metadata  # it brings the parser of e-mails with it

    try:
        return metadata.version(distribution)
    except (metadata.PackageNotFoundError, ValueError):
        return None


@functools.cache
def _by_top_level() -> dict[str, str]:
    """Read ``top_level.txt`` of those distributions that have one: small files, ten milliseconds for all."""
    found: dict[str, str] = {}
    for folder in sys.path:
        for file in Path(folder or ".").glob("*.dist-info/top_level.txt"):
            name = file.parent.name.partition("-")[0]
            found.update((module, name) for module in file.read_text(encoding="utf-8").split())
    return found


@functools.cache
def _by_file_list() -> dict[str, list[str]]:
    from importlib import metadata

    found = {module: list(names) for module, names in metadata.packages_distributions().items()}
    if sys.version_info < (3, 11):  # where it reads top_level.txt alone
        for distribution in metadata.distributions():
            modules = {file.parts[0].removesuffix(".py") for file in distribution.files or () if file.suffix == ".py"}
            for module in modules - found.keys():
                found[module] = [distribution.metadata["Name"]]
    return found
