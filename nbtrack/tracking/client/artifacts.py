from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbtrack.store import ArtifactEntry
from nbtrack.tracking import artifacts
from nbtrack.tracking.client.base import StoreCalls


class ArtifactCalls(StoreCalls):
    def log_artifact(self, run_id: str, local_path: str | Path, artifact_path: str | None = None) -> None:
        with self._here():
            artifacts.log_artifact(local_path, artifact_path, run_id)

    def log_artifacts(self, run_id: str, local_dir: str | Path, artifact_path: str | None = None) -> None:
        with self._here():
            artifacts.log_artifacts(local_dir, artifact_path, run_id)

    def log_text(self, run_id: str, text: str, artifact_file: str) -> None:
        with self._here():
            artifacts.log_text(text, artifact_file, run_id)

    def log_dict(self, run_id: str, dictionary: Mapping[str, Any], artifact_file: str) -> None:
        with self._here():
            artifacts.log_dict(dictionary, artifact_file, run_id)

    def log_figure(self, run_id: str, figure: Any, artifact_file: str) -> None:
        with self._here():
            artifacts.log_figure(figure, artifact_file, run_id=run_id)

    def list_artifacts(self, run_id: str, path: str | None = None) -> list[ArtifactEntry]:
        with self._here():
            return artifacts.list_artifacts(run_id, path)
