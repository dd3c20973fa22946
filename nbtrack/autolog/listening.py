"""Frameworks are patched as long as anybody listens: autolog, or a tracked cell while it executes."""

from __future__ import annotations

from nbtrack.autolog.sklearn.patches import SklearnPatches

_patches = SklearnPatches()
_holders: set[str] = set()


def hold(holder: str) -> None:
    if not _holders:
        _patches.install()
    _holders.add(holder)


def release(holder: str) -> None:
    _holders.discard(holder)
    if not _holders:
        _patches.uninstall()
