from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from nbtrack.transfer.folders import files_below
from nbtrack.transfer.remote_artifacts import RemoteArtifacts
from nbtrack.transfer.report import Report
from nbtrack.transfer.source import SourceFile

_PROXY_SCHEME = "mlflow-artifacts"
_PROXY_FOLDER = "mlartifacts"
_SHORTEST_TAIL = 3
"""Folders of a path that must agree for another place to be the same after a move: experiment, run, "artifacts"."""


class ArtifactPlaces:
    """Finds the files behind an artifact URI.

    In folders, only those that lie where artifacts may be taken from; behind URLs, what the user's credentials reach.

    Parameters
    ----------
    home
        The folder of the source; what lies beneath it may be taken.
    allowed
        Other folders that the user allows.
    with_remote
        Whether URLs are asked at all.
    """

    def __init__(self, home: Path, allowed: Sequence[Path], report: Report, *, with_remote: bool) -> None:
        self._home = home.resolve()
        self._roots = [self._home, *(folder.expanduser().resolve() for folder in allowed)]
        self._report = report
        self._remote = RemoteArtifacts(report) if with_remote else None
        self._missing: dict[str, Path] = {}
        self._was_moved = False

    def files(self, uri: object, owner: str) -> Iterator[SourceFile]:
        """Yield the files of a run or model; what should have been there is reported."""
        if not uri:
            return
        try:
            path = _local_path(str(uri), self._home)
            folder = None if path is None else self._find(path, owner)
        except (ValueError, OSError) as error:
            self._report.leave_out("artifacts", owner, f"can't be found by their URI: {error}")
            return
        if folder is not None:
            yield from files_below(folder, self._report, "artifact", owner)
        elif path is None and self._remote is not None:
            yield from self._remote.files(str(uri), owner)

    def is_elsewhere(self, uri: object) -> bool:
        """Tell whether a URI names no folder of a machine."""
        try:
            return bool(uri) and _local_path(str(uri), self._home) is None
        except ValueError:
            return False

    def seen(self, uri: object, owner: str) -> list[tuple[str, int]] | None:
        """List the files with their sizes; None where places elsewhere would have to be asked."""
        return None if self.is_elsewhere(uri) else [(file.path, file.size_bytes) for file in self.files(uri, owner)]

    def tell(self) -> None:
        """Report what can only be said at the end."""
        if self._remote is not None:
            self._remote.tell()
        # It says little of one folder that it is nowhere, since who never logged an artifact has none.
        if self._missing and not self._was_moved:
            text = (
                f"no longer there for {len(self._missing)} runs. If they are elsewhere, name it with --artifacts-from"
            )
            self._report.note("artifacts", f"{next(iter(self._missing.values()))} ...", text)

    def _find(self, path: Path, owner: str) -> Path | None:
        """Return the folder at a path, or where it was moved to, or None where nothing is to be taken."""
        if self._may_take(path):
            return path
        found = next(filter(self._may_take, self._after_a_move(path)), None)
        self._was_moved = self._was_moved or found is not None
        if found is None and path.is_dir():
            folder = path.resolve()
            reason = f"lie in {folder}, outside of {self._home}. Allow that with --artifacts-from {folder.parent}"
            self._report.leave_out("artifacts", owner, reason)
        elif found is None and not any(path.is_relative_to(root) for root in self._roots):
            self._missing[owner] = path
        return found

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


def _local_path(uri: str, home: Path) -> Path | None:
    """Return the folder that a URI names, or None if it names none. Raises ValueError for what is no URI."""
    parts = urlsplit(uri)
    is_drive = len(parts.scheme) == 1
    if parts.scheme not in ("", "file", _PROXY_SCHEME) and not is_drive:
        return None
    if parts.scheme == _PROXY_SCHEME:
        return home / _PROXY_FOLDER / unquote(parts.path).lstrip("/")
    return home / (unquote(parts.path) if parts.scheme == "file" else uri)
