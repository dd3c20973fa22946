from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from nbtrack.entities import LoggedModel, ModelVersion
from nbtrack.errors import ArtifactNotFound, InvalidInput, ModelNotFound
from nbtrack.store import Store
from nbtrack.store.artifacts import fetch, is_remote

MAX_VERSIONS_BETWEEN = 100
_KINDS = (
    "a folder, an s3:// URL, runs:/RUN_ID/PATH, models:/NAME/VERSION, models:/NAME/latest, models:/NAME@ALIAS or "
    "models:/MODEL_ID"
)


@dataclass(frozen=True)
class ModelPlace:
    """The folder of a model on this machine.

    ``source`` is the URI that it was found by in the end: of a run, of a logged model, or of a place elsewhere.
    ``run_id`` and ``model_id`` say which run, and which logged model, it is, as far as the URI tells.
    """

    folder: Path
    source: str
    run_id: str | None = None
    model_id: str | None = None


def locate(uri: str, store: Store) -> ModelPlace:
    """Find the folder behind a model URI.

    Parameters
    ----------
    uri
        A folder, ``file:`` URL, ``runs:/RUN_ID/PATH``, ``models:/NAME/VERSION``, ``models:/NAME/latest``,
        ``models:/NAME@ALIAS``, ``models:/MODEL_ID``, or a URL such as ``s3://BUCKET/FOLDER``, which is downloaded.

    Raises
    ------
    RunNotFound, ArtifactNotFound, ModelNotFound
        There is nothing behind it.
    InvalidInput
        It is no model URI.
    """
    version = None
    for _ in range(MAX_VERSIONS_BETWEEN):
        if not _is_version(uri):
            return _located(uri, store, version)
        version = find_version(uri, store)
        uri = version.source
    # Models that were renamed can make a circle.
    raise InvalidInput(f"{uri!r} leads from version to version without an end. Register the model again.")


def find_version(uri: str, store: Store) -> ModelVersion:
    """Return the version that a ``models:/NAME/VERSION`` or ``models:/NAME@ALIAS`` URI means."""
    rest = uri.removeprefix("models:").lstrip("/")
    if "/" not in rest and "@" in rest:
        name, _, alias = rest.rpartition("@")
        return store.registry.version_by_alias(name, alias)
    name, _, version = rest.rpartition("/")
    if not name:
        raise InvalidInput(
            f"{uri!r} names no version: it should be models:/NAME/VERSION, models:/NAME/latest or models:/NAME@ALIAS."
        )
    if version.lower() != "latest":
        return store.registry.get_version(name, version)
    versions = store.registry.get(name).versions
    if not versions:
        raise ModelNotFound(f"Registered model {name!r} has no version yet.")
    return versions[0]


def _is_version(uri: str) -> bool:
    """Tell whether a URI names a version of a registered model, and not a logged model by its id."""
    scheme, _, rest = uri.partition(":")
    return scheme == "models" and any(mark in rest.lstrip("/") for mark in "/@")


def _located(uri: str, store: Store, version: ModelVersion | None) -> ModelPlace:
    scheme, _, rest = uri.partition(":")
    find = _FINDERS.get(scheme)
    if find is not None:
        return find(rest, uri, store)
    run_id, model_id = (None, None) if version is None else (version.run_id, version.model_id)
    if is_remote(uri):
        return ModelPlace(fetch(uri), uri, run_id, model_id)
    if "://" in uri:
        raise InvalidInput(f"{uri!r} can't be opened as a model; it should be {_KINDS}.")
    folder = Path(uri).expanduser()
    if not uri or not folder.exists():
        raise ModelNotFound(f"There is no model at {uri!r}. A model URI is {_KINDS}.")
    return ModelPlace(folder, uri, run_id, model_id)


def _of_run(rest: str, uri: str, store: Store) -> ModelPlace:
    run_id, _, path = rest.lstrip("/").partition("/")
    if not run_id or not path:
        raise InvalidInput(f"{uri!r} is no model URI: it should be runs:/RUN_ID/PATH.")
    store.runs.get(run_id)
    return ModelPlace(store.artifacts.local_path(run_id, path), f"runs:/{run_id}/{path}", run_id)


def _of_logged_model(rest: str, uri: str, store: Store) -> ModelPlace:
    model_id = rest.lstrip("/")
    if not model_id:
        raise InvalidInput(f"{uri!r} is no model URI: it should be models:/NAME/VERSION or models:/MODEL_ID.")
    try:
        model = store.models.get(model_id)
    except ModelNotFound:
        raise ModelNotFound(
            f"No logged model {model_id!r} in {store.uri}. A registered model needs its version too: "
            f"models:/{model_id}/1, models:/{model_id}/latest or models:/{model_id}@ALIAS."
        ) from None
    return ModelPlace(_folder_of(model, store), model.model_uri, model.run_id, model_id)


def _folder_of(model: LoggedModel, store: Store) -> Path:
    owner, path = (model.run_id, model.path) if model.run_id and model.path else (model.model_id, "")
    try:
        return store.artifacts.local_path(owner, path)
    except ArtifactNotFound:
        raise ModelNotFound(
            f"The logged model {model.model_id} ({model.name}, {model.status.value.lower()}) has no files in this "
            "store. Client().log_model_artifacts(MODEL_ID, FOLDER) gives it some."
        ) from None


def _of_file_url(rest: str, uri: str, store: Store) -> ModelPlace:  # noqa: ARG001 one signature for all
    folder = Path(unquote(urlsplit(uri).path))
    return ModelPlace(folder, str(folder))


_FINDERS: dict[str, Callable[[str, str, Store], ModelPlace]] = {
    "runs": _of_run,
    "models": _of_logged_model,
    "file": _of_file_url,
}
