"""Artifacts of runs and logged models: files in folders of this machine, or behind a URL that fsspec reaches."""

from nbtrack.store.artifacts.digests import Digest
from nbtrack.store.artifacts.locations import bucket_of, check_location, check_there, child, fetch, is_remote, place_at
from nbtrack.store.artifacts.owners import Artifacts, FileRecords
from nbtrack.store.artifacts.paths import PARTIAL_PREFIX, check_owner, check_relative
from nbtrack.store.artifacts.place import Arrival, Place
from nbtrack.store.artifacts.reading import ArtifactReader

__all__ = [
    "PARTIAL_PREFIX",
    "Arrival",
    "ArtifactReader",
    "Artifacts",
    "Digest",
    "FileRecords",
    "Place",
    "bucket_of",
    "check_location",
    "check_owner",
    "check_relative",
    "check_there",
    "child",
    "fetch",
    "is_remote",
    "place_at",
]
