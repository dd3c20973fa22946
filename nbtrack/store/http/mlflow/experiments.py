from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence

from nbtrack.entities import Experiment, Lifecycle
from nbtrack.errors import AlreadyExists, ExperimentNotFound, InvalidInput, InvalidState, NotFound
from nbtrack.limits import check_key, check_name, check_value
from nbtrack.store.http.mlflow.api import Document, MlflowApi, listed
from nbtrack.store.protocol import DEFAULT_EXPERIMENT_ID, Page, Query

_VIEWS = {"active": "ACTIVE_ONLY", "deleted": "DELETED_ONLY", None: "ALL"}
PAGE = 1000
COUNT_LASTS_S = 60.0


class MlflowExperiments:
    """Experiments as the server has them: there, a deleted one keeps its name."""

    def __init__(self, api: MlflowApi) -> None:
        self._api = api
        self._counted: tuple[float, Mapping[str, int]] | None = None

    def create(self, name: str, *, tags: Mapping[str, str], artifact_location: str | None = None) -> Experiment:
        check_name(name, "experiment")
        given = [{"key": check_key(key, "tag"), "value": check_value(value, "tag", key)} for key, value in tags.items()]
        try:
            made = self._api.post(
                "experiments/create", name=name, tags=given or None, artifact_location=artifact_location
            )
        except AlreadyExists:
            raise AlreadyExists(
                f"An experiment is called {name!r} already, perhaps a deleted one: on an MLflow server that keeps its "
                f"name. Use it with nbtrack.set_experiment({name!r}), or restore it."
            ) from None
        return self.get(str(made["experiment_id"]))

    def get(self, experiment_id: str) -> Experiment:
        try:
            return _experiment(self._api.get("experiments/get", experiment_id=experiment_id)["experiment"])
        except (NotFound, InvalidInput):  # an id that is no number is invalid there
            raise ExperimentNotFound(experiment_id, self._api.url) from None

    def check_active(self, experiment_id: str, purpose: str) -> None:
        """Refuse an experiment that is not there, or deleted."""
        if self.get(experiment_id).lifecycle_stage is Lifecycle.DELETED:
            raise InvalidState(f"Experiment {experiment_id} is deleted. Restore it before {purpose} in it.")

    def find(self, name: str) -> Experiment | None:
        check_name(name, "experiment")
        try:
            found = _experiment(self._api.get("experiments/get-by-name", experiment_name=name)["experiment"])
        except NotFound:
            return None
        return found if found.lifecycle_stage is Lifecycle.ACTIVE else None

    def list(self, *, lifecycle: str | None = "active") -> Sequence[Experiment]:
        found = self._api.pages("experiments/search", "experiments", view_type=_VIEWS[lifecycle], max_results=PAGE)
        return sorted(map(_experiment, found), key=lambda experiment: -experiment.last_update_time)

    def search(self, query: Query, *, lifecycle: str | None = "active") -> Page[Experiment]:
        view = _VIEWS[lifecycle]
        return self._api.page("experiments/search", "experiments", query, _experiment, view_type=view)

    def all_ids(self) -> Sequence[str]:
        """Return the ids of all experiments, deleted ones too: the server searches only in those that are named."""
        return [experiment.experiment_id for experiment in self.list(lifecycle=None)]

    def run_counts(self) -> Mapping[str, int]:
        """Count the active runs by reading them all, which the server has no other answer for, now and then."""
        if self._counted is None or time.monotonic() - self._counted[0] > COUNT_LASTS_S:
            found = self._api.pages("runs/search", "runs", experiment_ids=list(self.all_ids()), max_results=PAGE)
            counts = Counter(str(run["info"]["experiment_id"]) for run in found)
            self._counted = (time.monotonic(), counts)
        return self._counted[1]

    def rename(self, experiment_id: str, name: str) -> None:
        self.get(experiment_id)
        try:
            self._api.post("experiments/update", experiment_id=experiment_id, new_name=check_name(name, "experiment"))
        except AlreadyExists:
            raise AlreadyExists(f"An experiment is called {name!r} already. Choose another name.") from None

    def set_tags(self, experiment_id: str, tags: Mapping[str, str]) -> None:
        self.get(experiment_id)
        for key, value in tags.items():
            self._api.post("experiments/set-experiment-tag", experiment_id=experiment_id, key=key, value=value)

    def delete_tag(self, experiment_id: str, key: str) -> None:
        if key not in self.get(experiment_id).tags:
            raise NotFound(f"There is no tag {key!r} of experiment {experiment_id}.")
        self._api.post("experiments/delete-experiment-tag", experiment_id=experiment_id, key=key)

    def delete(self, experiment_id: str) -> None:
        if experiment_id == DEFAULT_EXPERIMENT_ID:
            raise InvalidState("The experiment 'Default' can't be deleted: runs without another one need it.")
        self._change("experiments/delete", experiment_id)

    def restore(self, experiment_id: str) -> None:
        self._change("experiments/restore", experiment_id)

    def _change(self, path: str, experiment_id: str) -> None:
        try:
            self._api.post(path, experiment_id=experiment_id)
        except (NotFound, InvalidInput):
            raise ExperimentNotFound(experiment_id, self._api.url) from None


def _experiment(document: Document) -> Experiment:
    return Experiment(
        experiment_id=str(document["experiment_id"]),
        name=str(document["name"]),
        lifecycle_stage=Lifecycle(document.get("lifecycle_stage", "active")),
        creation_time=int(document.get("creation_time", 0)),
        last_update_time=int(document.get("last_update_time", 0)),
        artifact_location=document.get("artifact_location"),
        tags={str(tag["key"]): str(tag.get("value", "")) for tag in listed(document, "tags")},
    )
