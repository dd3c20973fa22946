"""Frameworks are patched as long as anybody listens: autolog, or a tracked cell while it executes."""

from __future__ import annotations

from collections.abc import Iterable
from types import ModuleType

from nbtrack.autolog.imports import ImportWatch
from nbtrack.autolog.integrations import integration_named, integration_names
from nbtrack.autolog.patching import Patches
from nbtrack.errors import BrokenPlugin


class _Listening:
    """One framework that is listened to, or will be when it is imported."""

    def __init__(self, package: str) -> None:
        self._package = package
        self._patches, self._watch = Patches(), ImportWatch()
        self._watch.when_imported(package, self._install)

    def _install(self, _: ModuleType) -> None:
        if self._package in _broken:
            return
        try:
            integration = integration_named(self._package)
        except BrokenPlugin:
            _broken.add(self._package)  # told once, and not at each cell that is tracked
            raise
        integration.install(self._patches, self._watch)

    def stop(self) -> None:
        self._watch.cancel()
        self._patches.undo()


_broken: set[str] = set()
_listening: dict[str, _Listening] = {}
_wanted: dict[str, frozenset[str]] = {}


def hold(holder: str, packages: Iterable[str] | None = None) -> None:
    """Listen to some frameworks, or to all, until ``holder`` releases them; a holder's later word replaces its last."""
    _wanted[holder] = integration_names() if packages is None else frozenset(packages)
    _adjust()


def release(holder: str) -> None:
    _wanted.pop(holder, None)
    _adjust()


def is_listened_to(package: str) -> bool:
    return package in _listening


def _adjust() -> None:
    wanted = frozenset[str]().union(*_wanted.values())
    for package in sorted(_listening.keys() - wanted):
        _listening.pop(package).stop()
    for package in sorted(wanted - _listening.keys()):
        _listening[package] = _Listening(package)
