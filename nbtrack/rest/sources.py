"""What a model version may be made from: nothing that a client names reaches the server's own files."""

from __future__ import annotations

from nbtrack.entities import LoggedModel
from nbtrack.errors import InvalidInput
from nbtrack.rest.locations import CLIENTS_OWN, PROXY, Owned, find_owner, is_for_clients
from nbtrack.rest.services import Services
from nbtrack.store.artifacts import check_relative

MAX_VERSIONS_BETWEEN = 100


def checked_source(services: Services, source: str, *, run_id: str | None, model_id: str | None) -> str:
    """Return a source as it is stored: by the id of its run or model where the server keeps the files.

    Parameters
    ----------
    source
        ``runs:/RUN/PATH``, ``models:/ID``, a URI behind the proxy, or a URL that clients reach by themselves.
    run_id, model_id
        The run, and the logged model, that the client says it comes from.

    Raises
    ------
    InvalidInput
        It names files of the server, leads elsewhere, or lies with another run.
    NotFound
        There is no such run or model.
    """
    if run_id is not None:
        services.store.runs.get(run_id)
    if model_id is not None:
        services.store.models.get(model_id)
    source = settled_source(source)
    scheme, _, rest = source.partition(":")
    if scheme == "runs":
        _check_run(services, rest.lstrip("/"), source, run_id)
    elif scheme == "models":
        _check_model(services, rest.lstrip("/"), source)
    return source


def settled_source(source: str) -> str:
    """Return a source by the id of its run or model where the server keeps the files, without asking for these.

    Raises
    ------
    InvalidInput
        It names files of the server, or leads elsewhere.
    """
    if source.startswith(PROXY):
        return _by_owner(source)
    scheme, _, rest = source.partition(":")
    if scheme in ("runs", "models"):
        check_relative(rest.lstrip("/"))
    elif not is_for_clients(source):
        raise InvalidInput(
            f"A model version of this server can't come from {source!r}. Name a model of a run (runs:/RUN_ID/PATH), a "
            f"logged model (models:/MODEL_ID), or a {', '.join(sorted(CLIENTS_OWN))} URL."
        )
    return source


def run_of(services: Services, source: str) -> str | None:
    """Return the id of the run that made a stored source, if that is known."""
    scheme, _, rest = source.partition(":")
    name, _, inner = rest.lstrip("/").partition("/")
    if scheme == "runs":
        return name
    return services.store.models.get(name).run_id if scheme == "models" and not inner else None


def download_uri(services: Services, source: str) -> str:
    """Return the URI from which clients download a stored source."""
    source = _first_source(services, source)
    scheme, _, rest = source.partition(":")
    name, _, path = rest.lstrip("/").partition("/")
    if scheme == "runs":
        return f"{services.locations.of_run(services.store.runs.get(name).info)}/{path}"
    if scheme == "models":
        return services.locations.of_model(services.store.models.get(name))
    return source


def owned_by_source(services: Services, source: str, path: str) -> Owned:
    """Return where a file of a stored source is among the artifacts that the server keeps.

    Raises
    ------
    InvalidInput
        It keeps none of this source.
    """
    source = _first_source(services, source)
    scheme, _, rest = source.partition(":")
    name, _, inner = rest.lstrip("/").partition("/")
    if scheme == "runs":
        return Owned(name, f"{inner}/{path}", is_model=False)
    if scheme == "models":
        return owned_by_model(services.store.models.get(name), path)
    raise InvalidInput(f"The files of {source} are not kept by this server. Download them from there.")


def owned_by_model(model: LoggedModel, path: str) -> Owned:
    """Return where a file of a logged model is among the artifacts that the server keeps."""
    if model.path and model.run_id is not None:
        return Owned(model.run_id, f"{model.path}/{path}".rstrip("/"), is_model=False)
    return Owned(model.model_id, path, is_model=True)


def _first_source(services: Services, source: str) -> str:
    """Follow a version that was made from a version, and so on, to what the first was made from."""
    for _ in range(MAX_VERSIONS_BETWEEN):
        scheme, _, rest = source.partition(":")
        name, _, version = rest.lstrip("/").partition("/")
        if scheme != "models" or not version:
            return source
        source = services.store.registry.get_version(name, version).source
    # Models that were renamed can make a circle.
    raise InvalidInput(f"{source!r} leads from version to version without an end. Register the model again.")


def _by_owner(source: str) -> str:
    owned = find_owner(source.removeprefix(PROXY).lstrip("/"))
    if not owned.is_model:
        return f"runs:/{owned.owner_id}/{owned.path}"
    if owned.path:
        raise InvalidInput(f"{source!r} is a part of a logged model. Name the whole: models:/{owned.owner_id}.")
    return f"models:/{owned.owner_id}"


def _check_run(services: Services, rest: str, source: str, run_id: str | None) -> None:
    name, _, path = rest.partition("/")
    if not name or not path:
        raise InvalidInput(f"{source!r} names no model. It should be runs:/RUN_ID/PATH.")
    services.store.runs.get(name)
    if run_id not in (None, name):
        raise InvalidInput(f"The source {source!r} lies with another run than 'run_id', {run_id}.")


def _check_model(services: Services, rest: str, source: str) -> None:
    name, _, version = rest.partition("/")
    if not name:
        raise InvalidInput(f"{source!r} names no model. It should be models:/MODEL_ID or models:/NAME/VERSION.")
    if version:
        services.store.registry.get_version(name, version)
    else:
        services.store.models.get(name)
