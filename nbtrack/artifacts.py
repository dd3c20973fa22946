"""Reading artifacts back, under the names that MLflow's users know: ``nbtrack.artifacts.load_text(...)``.

An artifact is named by ``artifact_uri`` (``runs:/RUN_ID/PATH``, a model's URI, a path, or a URL such as
``s3://BUCKET/PATH``), or by ``run_id`` and ``artifact_path``.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbtrack import tracking
from nbtrack.errors import InvalidInput
from nbtrack.store import ArtifactEntry
from nbtrack.tracking.models import model_place
from nbtrack.tracking.workspace import store_of, within_store

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["download_artifacts", "list_artifacts", "load_dict", "load_image", "load_text"]


def download_artifacts(
    artifact_uri: str | None = None,
    run_id: str | None = None,
    artifact_path: str | None = None,
    dst_path: str | Path | None = None,
    tracking_uri: str | None = None,
) -> str:
    """Return the local path of a file or folder, checked against what was logged.

    Parameters
    ----------
    dst_path
        A folder to copy it to, made if need be. Without one, it is left where it lies, or in a cache, if it has to be
        downloaded: to be read, not to be changed.

    Raises
    ------
    ArtifactNotFound, RunNotFound
        There is none.
    ArtifactChanged
        It is not what was logged.
    """
    with within_store(tracking_uri):
        of_run = _of_run(artifact_uri, run_id, artifact_path)
        if of_run is None:
            found = model_place(str(artifact_uri)).folder
            return str(found if dst_path is None else _copied(found, Path(dst_path)))
        if dst_path is None:
            return str(tracking.artifact_path(*of_run))
        tracking.flush()
        return str(store_of(of_run[0]).artifacts.download(*of_run, Path(dst_path)))


def list_artifacts(
    artifact_uri: str | None = None,
    run_id: str | None = None,
    artifact_path: str | None = None,
    tracking_uri: str | None = None,
) -> list[ArtifactEntry]:
    """List one folder of a run's artifacts, folders first."""
    with within_store(tracking_uri):
        of_run = _of_run(artifact_uri, run_id, artifact_path)
        if of_run is None:
            raise InvalidInput(f"{artifact_uri!r} can't be listed: it should be runs:/RUN_ID/PATH.")
        return tracking.list_artifacts(*of_run)


def load_text(artifact_uri: str) -> str:
    """Return the content of a text in UTF-8."""
    return Path(download_artifacts(artifact_uri)).read_text(encoding="utf-8")


def load_dict(artifact_uri: str) -> Any:
    """Return what a JSON or YAML file holds.

    Raises
    ------
    InvalidInput
        It is neither.
    """
    import yaml

    text = load_text(artifact_uri)
    try:
        return yaml.safe_load(text) if artifact_uri.endswith((".yaml", ".yml")) else json.loads(text)
    except (ValueError, yaml.YAMLError) as error:
        raise InvalidInput(f"{artifact_uri} can't be read as JSON or YAML: {error}") from error


def load_image(artifact_uri: str) -> Image:
    """Return a picture as a PIL image."""
    import PIL.Image

    with PIL.Image.open(download_artifacts(artifact_uri)) as image:
        loaded: Image = image.copy()  # which doesn't need the file any more
        return loaded


def _of_run(artifact_uri: str | None, run_id: str | None, artifact_path: str | None) -> tuple[str, str] | None:
    """Return run id and path; None: the URI is none of a run."""
    if (artifact_uri is None) == (run_id is None):
        raise TypeError("Name the artifact by artifact_uri, or by run_id and artifact_path.")
    if run_id is not None:
        return run_id, artifact_path or ""
    if artifact_path is not None:
        raise TypeError("artifact_path goes with run_id; a URI has its path in it.")
    if not str(artifact_uri).startswith("runs:"):
        return None
    run_id, _, path = str(artifact_uri).removeprefix("runs:").lstrip("/").partition("/")
    return run_id, path


def _copied(found: Path, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / found.name
    if found.is_dir():
        shutil.copytree(found, target, dirs_exist_ok=True)
    else:
        shutil.copyfile(found, target)
    return target
