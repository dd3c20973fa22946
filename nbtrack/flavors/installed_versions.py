"""Whether what a model was saved with is installed here: packages that it lacks, and versions far from its own."""

from __future__ import annotations

import platform
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from nbtrack.distributions import distribution_name, installed_version
from nbtrack.errors import MissingPackage, ModelError
from nbtrack.flavors.selection import PYTHON_FUNCTION
from nbtrack.models import Model, package_of, read_requirements

if TYPE_CHECKING:
    from packaging.version import Version

# MLflow states itself and what it happened to have imported; models don't need it to be of any version.
_NOT_NEEDED = frozenset({"mlflow", "mlflow-skinny"})


@dataclass(frozen=True)
class Difference:
    """What a model was saved with, and what is installed."""

    name: str
    saved: str
    installed: str


def warn_if_far(directory: Path, document: Model) -> None:
    """Name, in one warning, what is installed in a version far from the one that the model was saved with.

    Far is another minor version of Python (pickled code is made for one), another major version of a package (before
    its 1.0, another minor one), or one that the model's requirements exclude.
    """
    found = list(_differences(read_requirements(directory), document))
    if found:
        saved = ", ".join(f"{difference.name} {difference.saved}" for difference in found)
        here = ", ".join(f"{difference.name} {difference.installed}" for difference in found)
        warnings.warn(
            f"The model in {directory} was saved with {saved}; here are {here}. It may not load, or answer otherwise. "
            "Its requirements.txt says what it wants.",
            stacklevel=5,
        )


@contextmanager
def naming_missing_packages(directory: Path) -> Iterator[None]:
    """Say what to install where loading fails for a package that is not there.

    Raises
    ------
    MissingPackage
        In place of the error that importing it raised.
    """
    try:
        yield
    except (ImportError, ModelError) as error:
        cause = error if isinstance(error, ImportError) else error.__cause__
        if not isinstance(cause, ModuleNotFoundError) or not cause.name:
            raise
        missing = _missing(cause.name.partition(".")[0], read_requirements(directory))
        if missing is None:
            raise
        raise missing from error


def _missing(module: str, requirements: list[str]) -> MissingPackage | None:
    name = distribution_name(module)
    wanted = next((line for line in requirements if package_of(line) == name), None)
    if wanted is None or name in _NOT_NEEDED:
        return None
    extras = metadata.metadata("nbtrack").get_all("Provides-Extra") or []
    return MissingPackage(wanted, "This model", f"nbtrack[{name}]" if name in extras else wanted)


def _differences(requirements: list[str], document: Model) -> Iterator[Difference]:
    python = (document.flavors.get(PYTHON_FUNCTION) or {}).get("python_version")
    if isinstance(python, str) and python.split(".")[:2] != platform.python_version().split(".")[:2]:
        yield Difference("Python", python, platform.python_version())
    for line in requirements:
        name = package_of(line)
        if name is None or name in _NOT_NEEDED:
            continue
        installed = installed_version(name)
        if installed is None:
            continue  # it may never be imported; what is, and is not there, is told when it fails
        if f"{name}=={installed}" != line and (saved := _far_version(line, installed)):
            yield Difference(name, saved, installed)


def _far_version(line: str, installed: str) -> str | None:
    """Return what a requirement says of the version if ``installed`` is far from it."""
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.version import InvalidVersion, Version

    try:
        requirement, here = Requirement(line), Version(installed)
        pinned = [Version(part.version) for part in requirement.specifier if part.operator in ("==", "===")]
    except (InvalidRequirement, InvalidVersion):
        return None  # a pattern such as ==1.*, or what a stranger wrote
    if requirement.marker is not None and not requirement.marker.evaluate():
        return None
    if pinned:
        return None if _generation(pinned[0]) == _generation(here) else str(pinned[0])
    return None if requirement.specifier.contains(here, prereleases=True) else str(requirement.specifier)


def _generation(version: Version) -> tuple[int, ...]:
    return version.release[:1] if version.major else version.release[:2]
