"""Artifacts of runs and logged models: files in folders of this machine, or behind a URL that fsspec reaches."""

from nbtrack.store.artifacts.locations import check_location, child, fetch, is_remote
from nbtrack.store.artifacts.owners import Artifacts, FileRecords
from nbtrack.store.artifacts.paths import PARTIAL_PREFIX, check_owner, check_relative
from nbtrack.store.artifacts.place import Arrival
from nbtrack.store.artifacts.reading import ArtifactReader

__all__ = [
    "PARTIAL_PREFIX",
    "Arrival",
    "ArtifactReader",
    "Artifacts",
    "FileRecords",
    "check_location",
    "check_owner",
    "check_relative",
    "child",
    "fetch",
    "is_remote",
]
