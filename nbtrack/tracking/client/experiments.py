from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nbtrack.entities import Experiment, PagedList
from nbtrack.tracking import experiments, search
from nbtrack.tracking.client.base import StoreCalls


class ExperimentCalls(StoreCalls):
    def create_experiment(self, name: str, artifact_location: str | None = None, tags: Mapping[str, Any] = {}) -> str:
        with self._here():
            return experiments.create_experiment(name, artifact_location, tags)

    def get_experiment(self, experiment_id: str) -> Experiment:
        return self.store.experiments.get(experiment_id)

    def get_experiment_by_name(self, name: str) -> Experiment | None:
        return self.store.experiments.find(name)

    def search_experiments(
        self,
        view_type: int | str = 1,
        max_results: int | None = 1000,
        filter_string: str | None = None,
        order_by: Sequence[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList[Experiment]:
        with self._here():
            return search.search_experiments(view_type, max_results, filter_string, order_by, page_token)

    def rename_experiment(self, experiment_id: str, new_name: str) -> None:
        self.store.experiments.rename(experiment_id, new_name)

    def delete_experiment(self, experiment_id: str) -> None:
        self.store.experiments.delete(experiment_id)

    def restore_experiment(self, experiment_id: str) -> None:
        self.store.experiments.restore(experiment_id)

    def set_experiment_tag(self, experiment_id: str, key: str, value: Any) -> None:
        self.store.experiments.set_tags(experiment_id, {key: str(value)})

    def delete_experiment_tag(self, experiment_id: str, key: str) -> None:
        self.store.experiments.delete_tag(experiment_id, key)
