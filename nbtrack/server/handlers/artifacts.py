from __future__ import annotations

from nbtrack.server.artifact_file import ArtifactFile, mime_type
from nbtrack.server.documents import Document
from nbtrack.server.requests import AtPath
from nbtrack.server.services import Services


def list_artifacts(services: Services, request: AtPath) -> Document:
    """List one folder, folders first."""
    services.store.runs.summaries_of([request.id])
    entries = services.store.artifacts.list(request.id, request.path)
    return {
        "entries": [
            {
                "path": entry.path,
                "isFolder": entry.is_dir,
                "sizeBytes": entry.file_size,
                "mimeType": None if entry.is_dir else mime_type(entry.path),
            }
            for entry in sorted(entries, key=lambda entry: not entry.is_dir)
        ]
    }


def read_artifact(services: Services, request: AtPath) -> ArtifactFile:
    """Open one file; whoever sends it closes it."""
    services.store.runs.summaries_of([request.id])
    return ArtifactFile(services.store.artifacts.open(request.id, request.path))
