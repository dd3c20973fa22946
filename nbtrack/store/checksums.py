"""Comparing artifacts with what was recorded of them when they were stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from nbtrack.errors import ArtifactChanged, NotFound
from nbtrack.store.diagnosis import Finding
from nbtrack.store.protocol import ArtifactStore

_NAMED = 5
"""How many files of one owner are named."""


def changed_artifacts(artifacts: ArtifactStore, recorded: Iterable[tuple[str, Iterable[str]]]) -> Iterator[Finding]:
    """Read all recorded files, given as owners with their paths, and find those that are not what was stored.

    Files that are gone are none: a folder that is stored again need not have all that it had.
    """
    for owner_id, paths in recorded:
        changed = [path for path in paths if _is_changed(artifacts, owner_id, path)]
        if changed:
            more = f" and {len(changed) - _NAMED} more" if len(changed) > _NAMED else ""
            yield Finding(
                "artifacts-changed",
                f"Artifacts of {owner_id} are not what was stored: {', '.join(changed[:_NAMED])}{more}.",
                "Bring them back from a backup, or log them again; reading them fails until then.",
            )


def _is_changed(artifacts: ArtifactStore, owner_id: str, path: str) -> bool:
    try:
        with artifacts.open(owner_id, path) as reader:
            for _ in reader.chunks():
                pass
    except ArtifactChanged:
        return True
    except NotFound:
        return False
    return False
