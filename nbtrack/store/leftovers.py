"""What lies in a store's folder and belongs to nothing, and who else can read the folder."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from pathlib import Path

from nbtrack.store.artifacts import PARTIAL_PREFIX
from nbtrack.store.diagnosis import Finding

DAY_S = 24 * 60 * 60.0


def orphaned_artifacts(root: Path, known: Callable[[Sequence[str]], Collection[str]]) -> Iterator[Finding]:
    """Find folders of artifacts whose owner is not in the store; ``known`` tells which of some ids are."""
    names = sorted(entry.name for entry in _entries(root) if entry.is_dir(follow_symlinks=False))
    there = known(names)
    for name in names:
        if name not in there:
            yield Finding(
                "artifacts-orphaned",
                f"The artifacts in {root / name} belong to no run and no model of this store.",
                "Look into the folder, and delete it if you don't want it; nbtrack never will.",
            )


def partial_files(root: Path, *, now_s: float) -> Iterator[Finding]:
    """Find what writers left that were killed while they wrote: what is younger than a day may still arrive."""
    found = [
        Path(folder, name)
        for folder, folders, files in os.walk(root)
        for name in (*folders, *files)
        if name.startswith(PARTIAL_PREFIX) and now_s - Path(folder, name).lstat().st_mtime > DAY_S
    ]
    if found:
        yield Finding(
            "partial-files",
            f"{len(found)} files of artifacts never became whole, {found[0]} for example.",
            "`nbtrack doctor --repair` removes them: whoever wrote them is gone.",
            partial(_remove, found),
        )


def open_to_others(places: Collection[Path]) -> Iterator[Finding]:
    """Find files and folders that other users of the machine may read or change, or this one may not."""
    if os.name == "nt":
        return  # it has other permissions
    exposed = [place for place in places if place.exists() and place.stat().st_mode & 0o077]
    own = [place for place in exposed if place.stat().st_uid == os.geteuid()]
    if exposed:
        yield Finding(
            "permissions-open",
            f"Other users of this machine have access to {', '.join(map(str, exposed))}.",
            "`nbtrack doctor --repair` takes it from them."
            if own == exposed
            else f"Ask the owner to `chmod go= {' '.join(map(str, exposed))}`.",
            partial(_close_to_others, own) if own == exposed else None,
        )
    for place in places:
        if place.exists() and not os.access(place, os.R_OK | os.W_OK | (os.X_OK if place.is_dir() else 0)):
            yield Finding(
                "permissions-missing",
                f"You may not read and write {place}.",
                f"Take it over: `chown {os.geteuid()} {place}`, or open another store.",
            )


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        return list(os.scandir(folder))
    except OSError:
        return []  # nothing was ever logged


def _remove(paths: Collection[Path]) -> None:
    for path in paths:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _close_to_others(places: Collection[Path]) -> None:
    for place in places:
        place.chmod(stat.S_IMODE(place.stat().st_mode) & 0o700)
