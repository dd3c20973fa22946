from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from nbtrack.clock import now_ms
from nbtrack.entities import (
    Batch,
    DatasetInput,
    Metric,
    MetricHistory,
    ModelMetric,
    ModelOutput,
    PagedList,
    Param,
    Run,
    RunOrigin,
    RunTag,
)
from nbtrack.entities import RunStatus as Status
from nbtrack.entities import tags as tag_names
from nbtrack.tracking import log, search
from nbtrack.tracking.active import new_run
from nbtrack.tracking.active_model import get_active_model_id
from nbtrack.tracking.client.base import StoreCalls
from nbtrack.tracking.model_metrics import check_logged_model
from nbtrack.tracking.values import metric, texts


class RunCalls(StoreCalls):
    def create_run(
        self,
        experiment_id: str,
        start_time: int | None = None,
        tags: Mapping[str, Any] | None = None,
        run_name: str | None = None,
    ) -> Run:
        """Create a run that is RUNNING until ``set_terminated``, without making it active."""
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

    def get_parent_run(self, run_id: str) -> Run | None:
        """Return the run that a run is nested in, or None."""
        store = self.store
        parent_id = store.runs.get(run_id).data.tags.get(tag_names.PARENT_RUN_ID)
        return None if parent_id is None else store.runs.get(parent_id)

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
        self.store.runs.log(run_id, Batch(status=Status(status), ended_at_ms=end_time or now_ms()))

    def update_run(self, run_id: str, status: str | None = None, name: str | None = None) -> None:
        if name is not None:
            self.store.runs.rename(run_id, name)
        if status is not None:
            ended_at_ms = now_ms() if Status(status).is_terminal else None
            self.store.runs.log(run_id, Batch(status=Status(status), ended_at_ms=ended_at_ms))

    def delete_run(self, run_id: str) -> None:
        self.store.runs.delete([run_id])

    def restore_run(self, run_id: str) -> None:
        self.store.runs.restore(run_id)

    def log_param(self, run_id: str, key: str, value: Any) -> Any:
        with self._here():
            log.append(run_id, Batch(params={key: str(value)}))
        return value

    def log_metric(
        self,
        run_id: str,
        key: str,
        value: float,
        timestamp: int | None = None,
        step: int | None = None,
        dataset_name: str | None = None,
        dataset_digest: str | None = None,
        model_id: str | None = None,
    ) -> None:
        """Log a point of a run's metric; with ``model_id``, or an active model, it is one of that logged model too."""
        point = metric(key, value, step=step, at_ms=timestamp)
        of_model: tuple[ModelMetric, ...] = ()
        with self._here():
            model_id = model_id or get_active_model_id()
            if model_id is not None:
                check_logged_model(model_id)
                of_model = (ModelMetric(model_id, *point, run_id, dataset_name, dataset_digest),)
            log.append(run_id, Batch((point,), model_metrics=of_model))

    def log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric] = (),
        params: Mapping[str, Any] | Sequence[Param] = {},
        tags: Mapping[str, Any] | Sequence[RunTag] = {},
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

    def log_inputs(self, run_id: str, datasets: Sequence[DatasetInput] = (), models: Sequence[str] = ()) -> None:
        """Note which datasets, and which logged models by id, a run used."""
        with self._here():
            log.append(run_id, Batch(inputs=tuple(datasets), model_inputs=tuple(models)))

    def log_outputs(self, run_id: str, models: Sequence[ModelOutput]) -> None:
        """Note which logged models a run made, and at which step."""
        with self._here():
            log.append(run_id, Batch(model_outputs=tuple(models)))
