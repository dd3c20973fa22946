from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from nbtrack.transfer.report import Report

_PROXY_SCHEME = "mlflow-artifacts"
_PROXY_FOLDER = "mlartifacts"
_SHORTEST_TAIL = 3
"""Folders of a path that must agree for another place to be the same after a move: experiment, run, "artifacts"."""


class ArtifactPlaces:
    """Finds the folder behind an artifact URI, and only ever one that lies where artifacts may be taken from.

    Parameters
    ----------
    home
        The folder of the source; what lies beneath it may be taken.
    allowed
        Other folders that the user allows.
    """

    def __init__(self, home: Path, allowed: Sequence[Path], report: Report) -> None:
        self._home = home.resolve()
        self._roots = [self._home, *(folder.expanduser().resolve() for folder in allowed)]
        self._report = report
        self._missing: list[str] = []
        self._was_moved = False

    def find(self, uri: str, owner: str) -> Path | None:
        """Return the folder, or None where nothing is to be taken; what should have been is reported."""
        parts = urlsplit(uri)
        is_local = parts.scheme in ("", "file", _PROXY_SCHEME) or len(parts.scheme) == 1
        if not is_local:
            self._report.leave_out("artifacts", owner, f"lie at {uri}, which is no folder. Copy them beside the source")
            return None
        path = _local_path(uri, self._home)
        if self._may_take(path):
            return path
        found = next(filter(self._may_take, self._after_a_move(path)), None)
        self._was_moved = self._was_moved or found is not None
        if found is None and path.is_dir():
            folder = path.resolve()
            reason = f"lie in {folder}, outside of {self._home}. Allow that with --artifacts-from {folder.parent}"
            self._report.leave_out("artifacts", owner, reason)
        elif found is None and not any(path.is_relative_to(root) for root in self._roots):
            self._missing.append(str(path))
        return found

    def tell_missing(self) -> None:
        """Note that folders are nowhere: it says little of one, since who never logged an artifact has none."""
        if self._missing and not self._was_moved:
            text = (
                f"no longer there for {len(self._missing)} runs. If they are elsewhere, name it with --artifacts-from"
            )
            self._report.note("artifacts", f"{self._missing[0]} ...", text)

    def _may_take(self, place: Path) -> bool:
        if not place.is_dir():
            return False
        real = place.resolve()
        return any(real.is_relative_to(root) and real != root for root in self._roots)

    def _after_a_move(self, path: Path) -> Iterator[Path]:
        parts = path.parts
        for root in self._roots:
            for start in range(1, len(parts) - _SHORTEST_TAIL + 1):
                yield root.joinpath(*parts[start:])


def _local_path(uri: str, home: Path) -> Path:
    parts = urlsplit(uri)
    if parts.scheme == _PROXY_SCHEME:
        return home / _PROXY_FOLDER / unquote(parts.path).lstrip("/")
    return home / (unquote(parts.path) if parts.scheme == "file" else uri)
