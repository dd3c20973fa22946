"""The tracking API by ids, without an active run, under the names that MLflow's client has."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from nbtrack.entities import (
    Batch,
    Experiment,
    Metric,
    MetricHistory,
    ModelVersion,
    PagedList,
    RegisteredModel,
    Run,
    RunOrigin,
)
from nbtrack.entities import RunStatus as Status
from nbtrack.entities import tags as tag_names
from nbtrack.store import ArtifactEntry, NewVersion, Store
from nbtrack.tracking import artifacts, experiments, log, search
from nbtrack.tracking.active import new_run
from nbtrack.tracking.values import metric, texts
from nbtrack.tracking.workspace import current_store, within_store


class Client:
    """Works on the store at ``tracking_uri``; without one, on the store that is open in this process."""

    def __init__(self, tracking_uri: str | Path | None = None) -> None:
        self._uri = None if tracking_uri is None else str(tracking_uri)

    @property
    def store(self) -> Store:
        log.flush()
        with self._here():
            return current_store()

    def _here(self) -> AbstractContextManager[None]:
        return within_store(self._uri)

    # experiments
    def create_experiment(self, name: str, artifact_location: str | None = None, tags: Mapping[str, Any] = {}) -> str:
        with self._here():
            return experiments.create_experiment(name, artifact_location, tags)

    def get_experiment(self, experiment_id: str) -> Experiment:
        return self.store.experiments.get(experiment_id)

    def get_experiment_by_name(self, name: str) -> Experiment | None:
        return self.store.experiments.find(name)

    def search_experiments(self, view_type: int | str = 1) -> list[Experiment]:
        with self._here():
            return search.search_experiments(view_type)

    def rename_experiment(self, experiment_id: str, new_name: str) -> None:
        self.store.experiments.rename(experiment_id, new_name)

    def delete_experiment(self, experiment_id: str) -> None:
        self.store.experiments.delete(experiment_id)

    def restore_experiment(self, experiment_id: str) -> None:
        self.store.experiments.restore(experiment_id)

    def set_experiment_tag(self, experiment_id: str, key: str, value: Any) -> None:
        self.store.experiments.set_tags(experiment_id, {key: str(value)})

    # runs
    def create_run(
        self,
        experiment_id: str,
        start_time: int | None = None,
        tags: Mapping[str, Any] | None = None,
        run_name: str | None = None,
    ) -> Run:
        """Create a run that is RUNNING until ``set_terminated``, without making it active."""
        from dataclasses import replace

        extra = texts(tags or {})
        with self._here():
            new = new_run(
                name=run_name or extra.get(tag_names.RUN_NAME),
                experiment_id=experiment_id,
                parent_run_id=extra.get(tag_names.PARENT_RUN_ID),
                tags=extra,
                origin=RunOrigin.MANUAL,
            )
            log.append_runs([new if start_time is None else replace(new, started_at_ms=start_time)])
        return self.store.runs.get(new.run_id)

    def get_run(self, run_id: str) -> Run:
        return self.store.runs.get(run_id)

    def search_runs(
        self,
        experiment_ids: Sequence[str],
        filter_string: str = "",
        run_view_type: int | str = 1,
        max_results: int = 1000,
        order_by: Sequence[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList[Run]:
        """Find one page of runs, in all experiments if none are given; its ``token`` asks for the next page."""
        ids = [str(experiment_id) for experiment_id in experiment_ids]
        with self._here():
            return search.find_page(ids, filter_string, run_view_type, max_results, order_by, page_token)

    def set_terminated(self, run_id: str, status: str = "FINISHED", end_time: int | None = None) -> None:
        self.store.runs.log(run_id, Batch(status=Status(status), ended_at_ms=end_time or time.time_ns() // 1_000_000))

    def update_run(self, run_id: str, status: str | None = None, name: str | None = None) -> None:
        if name is not None:
            self.store.runs.rename(run_id, name)
        if status is not None:
            ended_at_ms = time.time_ns() // 1_000_000 if Status(status).is_terminal else None
            self.store.runs.log(run_id, Batch(status=Status(status), ended_at_ms=ended_at_ms))

    def delete_run(self, run_id: str) -> None:
        self.store.runs.delete([run_id])

    def restore_run(self, run_id: str) -> None:
        self.store.runs.restore(run_id)

    # what is logged
    def log_param(self, run_id: str, key: str, value: Any) -> Any:
        with self._here():
            log.append(run_id, Batch(params={key: str(value)}))
        return value

    def log_metric(
        self, run_id: str, key: str, value: float, timestamp: int | None = None, step: int | None = None
    ) -> None:
        with self._here():
            log.append(run_id, Batch((metric(key, value, step=step, at_ms=timestamp),)))

    def log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric] = (),
        params: Mapping[str, Any] = {},
        tags: Mapping[str, Any] = {},
    ) -> None:
        with self._here():
            log.append(run_id, Batch(tuple(metrics), texts(params), texts(tags)))

    def set_tag(self, run_id: str, key: str, value: Any) -> None:
        with self._here():
            log.append(run_id, Batch(tags={key: str(value)}))

    def delete_tag(self, run_id: str, key: str) -> None:
        self.store.runs.delete_tag(run_id, key)

    def get_metric_history(self, run_id: str, key: str) -> list[Metric]:
        return list(self.metric_history(run_id, key).points)

    def metric_history(self, run_id: str, key: str, *, max_points: int | None = None) -> MetricHistory:
        """Return a metric's history, downsampled to about ``max_points`` if given."""
        return self.store.metrics.history(run_id, key, max_points=max_points)

    # artifacts
    def log_artifact(self, run_id: str, local_path: str | Path, artifact_path: str | None = None) -> None:
        with self._here():
            artifacts.log_artifact(local_path, artifact_path, run_id)

    def log_artifacts(self, run_id: str, local_dir: str | Path, artifact_path: str | None = None) -> None:
        with self._here():
            artifacts.log_artifacts(local_dir, artifact_path, run_id)

    def log_text(self, run_id: str, text: str, artifact_file: str) -> None:
        with self._here():
            artifacts.log_text(text, artifact_file, run_id)

    def log_dict(self, run_id: str, dictionary: Mapping[str, Any], artifact_file: str) -> None:
        with self._here():
            artifacts.log_dict(dictionary, artifact_file, run_id)

    def log_figure(self, run_id: str, figure: Any, artifact_file: str) -> None:
        with self._here():
            artifacts.log_figure(figure, artifact_file, run_id=run_id)

    def list_artifacts(self, run_id: str, path: str | None = None) -> list[ArtifactEntry]:
        with self._here():
            return artifacts.list_artifacts(run_id, path)

    # registry
    def get_registered_model(self, name: str) -> RegisteredModel:
        return self.store.registry.get(name)

    def search_registered_models(self) -> list[RegisteredModel]:
        return list(self.store.registry.list())

    def get_model_version(self, name: str, version: str | int) -> ModelVersion:
        return self.store.registry.get_version(name, str(version))

    def create_model_version(self, name: str, source: str, run_id: str | None = None) -> ModelVersion:
        new = NewVersion(name, source, time.time_ns() // 1_000_000, run_id=run_id)
        return self.store.registry.create_version(new)
