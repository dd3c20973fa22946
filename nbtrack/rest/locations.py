"""Where clients are told that artifacts lie: behind this server, or at a place that they reach by themselves."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from nbtrack.entities import Experiment, LoggedModel, RunInfo
from nbtrack.errors import InvalidInput, InvalidPath

PROXY = "mlflow-artifacts:"
"""The scheme of what this server keeps and hands out."""
CLIENTS_OWN = {"s3", "gs", "az", "abfs", "abfss", "wasb", "wasbs", "hdfs", "dbfs", "r2"}
"""Schemes of what clients reach by themselves, with their own credentials."""
_OWNED = re.compile(r"(?:[^/]+/)?(?P<models>models/)?(?P<owner>[^/]+)/artifacts(?:/(?P<path>.*))?")
_DECODINGS = 3


@dataclass(frozen=True)
class Owned:
    """A path among the artifacts of a run or logged model."""

    owner_id: str
    path: str
    is_model: bool


@dataclass(frozen=True)
class Locations:
    """``root`` is where new experiments keep their artifacts: behind the server, or a URL that clients reach."""

    root: str = PROXY

    def new_experiment(self, wanted: str) -> str | None:
        """Return the location to store for a new experiment, None for behind the server.

        Raises
        ------
        InvalidInput
            The client may not choose this one.
        """
        if not wanted:
            return None if self.root.startswith(PROXY) else self.root
        if is_for_clients(wanted):
            return wanted
        raise InvalidInput(
            f"An experiment of this server can't keep its artifacts at {wanted!r}. Leave artifact_location out, and "
            f"the server keeps them; or name a {', '.join(sorted(CLIENTS_OWN))} URL without query or fragment."
        )

    def of_experiment(self, experiment: Experiment) -> str:
        """Return an experiment's location as clients are told it."""
        return _told(experiment.artifact_location, f"{PROXY}/{experiment.experiment_id}")

    def of_run(self, info: RunInfo) -> str:
        """Return a run's artifact URI as clients are told it."""
        return _told(info.artifact_uri, f"{PROXY}/{info.experiment_id}/{info.run_id}/artifacts")

    def of_model(self, model: LoggedModel) -> str:
        """Return a logged model's artifact URI as clients are told it."""
        if model.path:
            return f"{PROXY}/{model.experiment_id}/{model.run_id}/artifacts/{model.path}"
        return _told(model.artifact_uri, f"{PROXY}/{model.experiment_id}/models/{model.model_id}/artifacts")


def place_of_new(experiment: Experiment, *names: str) -> str | None:
    """Return the place to store for a new run or model of an experiment; None for the store's own."""
    location = experiment.artifact_location
    return "/".join((location.rstrip("/"), *names, "artifacts")) if location and _is_remote(location) else None


def _told(place: str | None, behind_proxy: str) -> str:
    return place if place and _is_remote(place) else behind_proxy


def _is_remote(place: str) -> bool:
    return "://" in place and not place.startswith("file:")


def is_for_clients(url: str) -> bool:
    """Tell whether a URL names a place that clients reach by themselves, and nothing more.

    Raises
    ------
    InvalidPath
        Its path climbs.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    check_path(parts.path.lstrip("/"))
    names_more = "?" in url or "#" in url or "::" in url or parts.password is not None
    return parts.scheme in CLIENTS_OWN and bool(parts.netloc) and not names_more


def find_owner(path: str) -> Owned:
    """Tell whose artifact a path of the proxy names: ``EXPERIMENT/RUN/artifacts/...``.

    Raises
    ------
    InvalidPath
        It names none, or leaves where it is.
    """
    found = _OWNED.fullmatch(check_path(path))
    if found is None:
        raise InvalidPath(
            f"{path!r} names no artifact of a run or model. Upload through a run: mlflow.log_artifact(...)."
        )
    return Owned(found["owner"], found["path"] or "", is_model=found["models"] is not None)


def check_path(path: str) -> str:
    """Return a relative path, however often it was percent-encoded.

    Raises
    ------
    InvalidPath
        It is absolute or holds '..', as it is or decoded.
    """
    decoded = path
    for _ in range(_DECODINGS):
        if decoded.startswith(("/", "\\", "~")) or "\\" in decoded or ".." in decoded.split("/") or "\0" in decoded:
            raise InvalidPath(f"{path!r} can't be an artifact's path: use a relative one, without '..' and '\\'.")
        decoded = unquote(decoded)
    return path
