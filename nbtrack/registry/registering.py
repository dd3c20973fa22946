"""Making versions of registered models. Nothing that a version is made from keeps a path of this machine."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from nbtrack.entities import LoggedModel, ModelStatus, ModelVersion
from nbtrack.entities import tags as tag_names
from nbtrack.errors import ModelNotFound, NotFound
from nbtrack.limits import check_model_name
from nbtrack.models import MLMODEL, Model
from nbtrack.registry.uris import ModelPlace, find_version, locate
from nbtrack.store import DEFAULT_EXPERIMENT_ID, NewVersion, Store

_RUN_ID = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")


def register(
    uri: str,
    name: str,
    store: Store,
    *,
    at_ms: int,
    tags: Mapping[str, str] = {},
    description: str = "",
    user: str = "",
    experiment_id: str = DEFAULT_EXPERIMENT_ID,
) -> ModelVersion:
    """Make the next version of the registered model ``name`` from the model at ``uri``.

    Parameters
    ----------
    uri
        As ``locate`` takes it. A folder of this machine is copied into the store, as a logged model of
        ``experiment_id``: the store stays whole when it moves.

    Raises
    ------
    ModelNotFound
        There is no model at ``uri``.
    """
    check_model_name(name)
    place = locate(_below_run(uri, store) or uri, store)
    if not (place.folder / MLMODEL).is_file():
        raise ModelNotFound(f"What {uri!r} points to is not a model: it has no {MLMODEL} file.")
    new = NewVersion(name, place.source, at_ms, user=user, description=description, tags=tags)
    if _is_outside(place.source):
        return store.registry.create_version(_brought_in(new, place.folder, store, experiment_id))
    model_id = logged_model_at(place, store)
    return store.registry.create_version(replace(new, run_id=place.run_id, model_id=model_id))


def create_version(new: NewVersion, store: Store) -> ModelVersion:
    """Make a version of whatever its source names, which may not be there yet, for callers who know what they do.

    A source below the artifacts of a run becomes ``runs:/RUN_ID/PATH``; another folder of this machine is copied.

    Raises
    ------
    ModelNotFound
        There is no model in that folder.
    """
    check_model_name(new.name)
    source = _below_run(new.source, store)
    if source is not None:
        new = replace(new, source=source)
    elif _is_outside(new.source):
        folder = locate(new.source, store).folder
        if not (folder / MLMODEL).is_file():
            raise ModelNotFound(f"The source {new.source!r} is not a model: it has no {MLMODEL} file.")
        new = _brought_in(new, folder, store, DEFAULT_EXPERIMENT_ID)
    return store.registry.create_version(new)


def copy_version(uri: str, name: str, store: Store, *, at_ms: int) -> ModelVersion:
    """Make the next version of ``name`` from another version; what it was promoted to under its name stays there."""
    found = find_version(uri, store)
    return store.registry.create_version(
        NewVersion(
            name,
            found.source,
            at_ms,
            run_id=found.run_id,
            model_id=found.model_id,
            run_link=found.run_link,
            user=found.user_id,
            description=found.description,
            tags={key: value for key, value in found.tags.items() if not key.startswith(tag_names.PROMOTION)},
        )
    )


def logged_model_at(place: ModelPlace, store: Store) -> str | None:
    """Return the id of the logged model that lies at a place, if this store knows it."""
    model_id = place.model_id or Model.load(place.folder).model_id
    if not model_id:
        return None
    try:
        return store.models.get(model_id).model_id
    except NotFound:
        return None


def native_flavor(document: Model) -> str:
    """Return the flavor by which a model is known: that of its framework, if it has one."""
    return next((flavor for flavor in document.flavors if flavor != "python_function"), "python_function")


def _is_outside(source: str) -> bool:
    """Tell a folder of this machine from what can be found by any client of the store."""
    return urlsplit(source).scheme in ("", "file")


def _below_run(source: str, store: Store) -> str | None:
    """Return a source by the id of its run, if it lies among the artifacts of one."""
    for run_id in _RUN_ID.findall(source):
        root = store.artifacts.uri(run_id).rstrip("/") + "/"
        given = unquote(urlsplit(source).path) if source.startswith("file:") else source
        if given.startswith(root):
            return f"runs:/{run_id}/{given.removeprefix(root)}"
    return None


def _brought_in(new: NewVersion, folder: Path, store: Store, experiment_id: str) -> NewVersion:
    """Copy a model folder into the store as a logged model, and return the version of that."""
    document = Model.load(folder)
    model_id = f"m-{uuid.uuid4().hex}"
    store.models.create(
        LoggedModel(
            model_id=model_id,
            run_id=None,
            path="",
            name=new.name,
            flavor=native_flavor(document),
            size_bytes=sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()),
            created_at_ms=new.created_at_ms,
            signature=None if document.signature is None else str(document.signature),
            experiment_id=experiment_id,
            status=ModelStatus.PENDING,
        )
    )
    status = ModelStatus.FAILED
    try:
        store.artifacts.record(model_id, store.artifacts.put_folder(model_id, "", folder))
        status = ModelStatus.READY
    finally:
        store.models.set_status(model_id, status, at_ms=new.created_at_ms)
    return replace(new, source=f"models:/{model_id}", model_id=model_id)
