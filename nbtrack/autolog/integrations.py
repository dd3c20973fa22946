"""The frameworks that can be listened to, found by entry point; none is imported to know of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, cast

import nbtrack.plugins as plugins
from nbtrack.autolog.imports import ImportWatch
from nbtrack.autolog.patching import Patches
from nbtrack.errors import InvalidInput

# A framework whose trainings are another package's, or whose package has another name.
_OTHER_NAMES = {"pytorch": "torch", "tensorflow": "keras"}


class Integration(Protocol):
    """Listens to one framework. An entry point of the group ``nbtrack.autolog`` names the class by its package."""

    def install(self, patches: Patches, watch: ImportWatch) -> None:
        """Patch what is imported of the framework, and let ``watch`` patch the rest when it is imported.

        Called right after the framework's package was imported, or at once if it is. Whoever listens no longer undoes
        ``patches`` and cancels ``watch``.
        """
        ...


def integration_names() -> frozenset[str]:
    """Return the packages that can be listened to."""
    return frozenset(plugins.installed(plugins.AUTOLOG))


def integration_named(package: str) -> Integration:
    """Return what listens to a package.

    Raises
    ------
    NotFound
        Nothing that is installed does.
    BrokenPlugin
        The package that does brings nothing that works.
    """
    return cast("Integration", plugins.made(plugins.AUTOLOG, package, ("install",)))


def framework_names() -> frozenset[str]:
    """Return every name by which a user may call what can be listened to."""
    return integration_names() | _OTHER_NAMES.keys()


def known_packages(given: Iterable[str] | None) -> frozenset[str]:
    """Return the packages that are meant: those of the frameworks given, or all.

    Raises
    ------
    InvalidInput
        One of them is unknown.
    """
    if given is None:
        return integration_names()
    names, wanted = framework_names(), frozenset(given)
    if unknown := wanted - names:
        raise InvalidInput(f"autolog knows no {', '.join(sorted(unknown))}. It knows {', '.join(sorted(names))}.")
    return frozenset(_OTHER_NAMES.get(name, name) for name in wanted)
