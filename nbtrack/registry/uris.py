from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from nbtrack.entities import ModelVersion
from nbtrack.errors import InvalidInput, ModelNotFound
from nbtrack.store import NewVersion, Store
from nbtrack.store.artifacts import fetch, is_remote

_KINDS = "a folder, an s3:// URL, runs:/RUN_ID/PATH, models:/NAME/VERSION or models:/NAME@ALIAS"


@dataclass(frozen=True)
class ModelPlace:
    """The folder of a model on this machine, and the run that it came from, if it came from one."""

    folder: Path
    run_id: str | None = None
    path: str | None = None


def locate(uri: str, store: Store) -> ModelPlace:
    """Find the folder behind a model URI.

    Parameters
    ----------
    uri
        A folder, ``file:`` URL, ``runs:/RUN_ID/PATH``, ``models:/NAME/VERSION``, ``models:/NAME/latest``,
        ``models:/NAME@ALIAS``, or a URL such as ``s3://BUCKET/FOLDER``, which is downloaded.

    Raises
    ------
    RunNotFound, ArtifactNotFound, ModelNotFound
        There is nothing behind it.
    InvalidInput
        It is no model URI.
    """
    scheme, _, rest = uri.partition(":")
    if scheme == "runs":
        run_id, _, path = rest.lstrip("/").partition("/")
        if not run_id or not path:
            raise InvalidInput(f"{uri!r} is no model URI: it should be runs:/RUN_ID/PATH.")
        store.runs.get(run_id)
        return ModelPlace(store.artifacts.local_path(run_id, path), run_id, path)
    if scheme == "models":
        version = find_version(uri, store)
        return locate(version.source, store)
    if scheme == "file":
        return ModelPlace(Path(unquote(urlsplit(uri).path)))
    if is_remote(uri):
        return ModelPlace(fetch(uri))
    if "://" in uri:
        raise InvalidInput(f"{uri!r} can't be opened as a model; it should be {_KINDS}.")
    folder = Path(uri).expanduser()
    if not folder.exists():
        raise ModelNotFound(f"There is no model at {str(folder)!r}. A model URI is {_KINDS}.")
    return ModelPlace(folder)


def find_version(uri: str, store: Store) -> ModelVersion:
    """Return the version that a ``models:/NAME/VERSION`` or ``models:/NAME@ALIAS`` URI means."""
    rest = uri.removeprefix("models:").lstrip("/")
    if "/" not in rest and "@" in rest:
        name, _, alias = rest.rpartition("@")
        return store.registry.version_by_alias(name, alias)
    name, _, version = rest.rpartition("/")
    if not name:
        raise InvalidInput(
            f"{uri!r} is no model URI: it should be models:/NAME/VERSION, models:/NAME/latest or models:/NAME@ALIAS."
        )
    if version.lower() != "latest":
        return store.registry.get_version(name, version)
    versions = store.registry.get(name).versions
    if not versions:
        raise ModelNotFound(f"Registered model {name!r} has no version yet.")
    return versions[0]


def register(uri: str, name: str, store: Store, *, at_ms: int) -> ModelVersion:
    """Make the next version of the registered model ``name`` from the model at ``uri``.

    Raises
    ------
    ModelNotFound
        There is no model at ``uri``.
    """
    place = locate(uri, store)
    if not (place.folder / "MLmodel").is_file():
        raise ModelNotFound(f"What {uri!r} points to is not a model: it has no MLmodel file.")
    source = uri if is_remote(uri) else str(place.folder.resolve())
    if place.run_id is not None:
        source = f"runs:/{place.run_id}/{place.path}"
    return store.registry.create_version(NewVersion(name, source, at_ms, run_id=place.run_id))
