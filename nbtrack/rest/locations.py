"""Where clients are told that artifacts lie: behind this server, or at a place that they reach by themselves."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from nbtrack.entities import Experiment, LoggedModel, RunInfo
from nbtrack.errors import InvalidInput, InvalidPath
from nbtrack.store.artifacts import check_location, check_relative, child

PROXY = "mlflow-artifacts:"
"""The scheme of what this server keeps and hands out."""
CLIENTS_OWN = {"s3", "gs", "az", "abfs", "abfss", "wasb", "wasbs", "hdfs", "dbfs", "r2"}
"""Schemes of what clients reach by themselves, with their own credentials."""
_OWNED = re.compile(r"(?:[^/]+/)?(?P<models>models/)?(?P<owner>[^/]+)/artifacts(?:/(?P<path>.*))?")


@dataclass(frozen=True)
class Owned:
    """A path among the artifacts of a run or logged model."""

    owner_id: str
    path: str
    is_model: bool


@dataclass(frozen=True)
class Locations:
    """Where new experiments keep their artifacts, and what clients are told of it.

    Parameters
    ----------
    root
        Where the artifacts of an experiment lie that has no location of its own: behind the proxy, or below a URL that
        clients reach by themselves.
    destination
        What stands behind the proxy for new runs and models: a folder or URL; None: the store's own place.
    """

    root: str = PROXY
    destination: str | None = None

    @classmethod
    def of(cls, root: str | None, destination: str | None) -> Locations:
        """Check what the user of the command line gave.

        Raises
        ------
        InvalidInput
            No artifacts can be kept there.
        """
        if root is not None and not root.startswith(PROXY):
            check_location(root)
        if destination is not None and "://" not in destination:
            destination = str(Path(destination).expanduser().absolute())
        return cls(root or PROXY, None if destination is None else check_location(destination).rstrip("/"))

    def new_experiment(self, wanted: str) -> str | None:
        """Return the location to store for a new experiment, None for behind the server.

        Raises
        ------
        InvalidInput
            The client may not choose this one.
        """
        return check_for_clients(wanted) if wanted else None

    def place_of_new(self, experiment: Experiment, *names: str) -> str | None:
        """Return the place to store for a new run or model of an experiment; None for the store's own."""
        location = self._location_of(experiment) or self.destination
        return None if location is None else child(location, *names, "artifacts")

    def of_experiment(self, experiment: Experiment) -> str:
        """Return an experiment's location as clients are told it."""
        return self._told(self._location_of(experiment), f"{PROXY}/{experiment.experiment_id}")

    def of_run(self, info: RunInfo) -> str:
        """Return a run's artifact URI as clients are told it."""
        return self._told(info.artifact_uri, f"{PROXY}/{info.experiment_id}/{info.run_id}/artifacts")

    def of_model(self, model: LoggedModel) -> str:
        """Return a logged model's artifact URI as clients are told it."""
        if model.path:
            return f"{PROXY}/{model.experiment_id}/{model.run_id}/artifacts/{model.path}"
        return self._told(model.artifact_uri, f"{PROXY}/{model.experiment_id}/models/{model.model_id}/artifacts")

    def keeps(self, place: str | None) -> bool:
        """Tell whether a place is behind this server, though clients might reach it by themselves."""
        return self.destination is not None and place is not None and place.startswith(f"{self.destination}/")

    def is_behind_proxy(self, uri: str) -> bool:
        """Tell whether this server keeps what clients are told lies at a URI."""
        return uri.startswith(PROXY)

    def _location_of(self, experiment: Experiment) -> str | None:
        if experiment.artifact_location is not None or self.root.startswith(PROXY):
            return experiment.artifact_location
        return child(self.root, experiment.experiment_id)

    def _told(self, place: str | None, behind_proxy: str) -> str:
        is_far = place is not None and "://" in place and not place.startswith("file:")
        return place if place is not None and is_far and not self.keeps(place) else behind_proxy


def check_for_clients(wanted: str) -> str:
    """Return where a client wants artifacts to be kept.

    Raises
    ------
    InvalidInput
        It may not choose this place.
    """
    if is_for_clients(wanted):
        return wanted
    raise InvalidInput(
        f"Clients of this server can't keep artifacts at {wanted!r}. Leave artifact_location out, and the server keeps "
        f"them; or name a {', '.join(sorted(CLIENTS_OWN))} URL without query or fragment."
    )


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
    check_relative(parts.path.lstrip("/"))
    names_more = "?" in url or "#" in url or "::" in url or parts.password is not None
    return parts.scheme in CLIENTS_OWN and bool(parts.netloc) and not names_more


def find_owner(path: str) -> Owned:
    """Tell whose artifact a path of the proxy names: ``EXPERIMENT/RUN/artifacts/...``.

    Raises
    ------
    InvalidPath
        It names none, or leaves where it is.
    """
    check_relative(path)
    found = _OWNED.fullmatch(path)
    if found is None:
        raise InvalidPath(
            f"{path!r} names no artifact of a run or model. Upload through a run: mlflow.log_artifact(...)."
        )
    # nbtrack's own client names no experiment and no "models/"; the ids of models tell themselves.
    is_model = found["models"] is not None or found["owner"].startswith("m-")
    return Owned(found["owner"], found["path"] or "", is_model=is_model)
