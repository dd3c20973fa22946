"""Where what nbtrack's own clients make keeps its artifacts, and what they are told of it: as for all clients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from nbtrack.entities import Batch, Experiment, Lifecycle, LoggedModel, NewRun, Run
from nbtrack.errors import ExperimentNotFound
from nbtrack.rest.locations import Locations
from nbtrack.rest.services import Services
from nbtrack.store.protocol import Delivery, Page, RunPage, RunTable


def placed_arguments(services: Services, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the arguments of a store's method with a place for each new run and model that names none."""
    if services.locations == Locations():
        return arguments  # it is the store that has places
    placer = _Placer(services)
    return {name: placer.placed(value) for name, value in arguments.items()}


def told_result(services: Services, result: Any) -> Any:
    """Return a result in which nothing of what is behind the server seems to be within the client's own reach."""
    locations = services.locations
    if isinstance(result, Run):
        return replace(result, info=replace(result.info, artifact_uri=locations.of_run(result.info)))
    if isinstance(result, RunPage):
        return replace(result, runs=tuple(told_result(services, run) for run in result.runs))
    if isinstance(result, RunTable):
        return replace(result, artifact_uris=["" if locations.keeps(uri) else uri for uri in result.artifact_uris])
    if isinstance(result, LoggedModel):
        return replace(result, artifact_uri=None) if locations.keeps(result.artifact_uri) else result
    if isinstance(result, Page):
        return replace(result, items=tuple(told_result(services, item) for item in result.items))
    if isinstance(result, Sequence) and result and isinstance(result[0], (Run, LoggedModel)):
        return [told_result(services, item) for item in result]
    return result


class _Placer:
    def __init__(self, services: Services) -> None:
        self._services = services
        self._experiments: dict[str, Experiment | None] = {}

    def placed(self, value: Any) -> Any:
        if isinstance(value, NewRun):
            return self._placed_run(value)
        if isinstance(value, LoggedModel):
            return self._placed_model(value)
        if isinstance(value, Batch):
            return replace(value, models=tuple(map(self.placed, value.models))) if value.models else value
        if isinstance(value, Delivery):
            batches = [(run_id, self.placed(batch)) for run_id, batch in value.batches]
            return replace(value, new_runs=list(map(self.placed, value.new_runs)), batches=batches)
        return list(map(self.placed, value)) if isinstance(value, (list, tuple)) else value

    def _placed_run(self, new: NewRun) -> NewRun:
        place = new.artifact_uri or self._place(new.experiment_id, new.run_id, name=new.experiment_name)
        return replace(new, artifact_uri=place, batch=self.placed(new.batch))

    def _placed_model(self, model: LoggedModel) -> LoggedModel:
        # One with a path lies with its run.
        if model.path or model.artifact_uri or model.experiment_id is None:
            return model
        return replace(model, artifact_uri=self._place(model.experiment_id, "models", model.model_id))

    def _place(self, experiment_id: str, *names: str, name: str | None = None) -> str | None:
        if experiment_id not in self._experiments:
            self._experiments[experiment_id] = self._experiment(experiment_id, name)
        experiment = self._experiments[experiment_id]
        return None if experiment is None else self._services.locations.place_of_new(experiment, *names)

    def _experiment(self, experiment_id: str, name: str | None) -> Experiment | None:
        """Return what the store will find by an id, or a name where there is one; None: it will refuse this."""
        experiments = self._services.store.experiments
        with suppress(ExperimentNotFound):
            found = experiments.get(experiment_id)
            if name is None or found.lifecycle_stage is Lifecycle.ACTIVE:
                return found
        if name is None:
            return None
        now_ms = self._services.now_ms()
        return experiments.find(name) or Experiment(experiment_id, name, Lifecycle.ACTIVE, now_ms, now_ms)
