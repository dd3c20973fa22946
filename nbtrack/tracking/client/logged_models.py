from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from nbtrack.clock import now_ms
from nbtrack.entities import LoggedModel, ModelStatus, PagedList
from nbtrack.errors import InvalidState
from nbtrack.store import ArtifactEntry, Query, Store
from nbtrack.tracking.client.base import StoreCalls
from nbtrack.tracking.values import texts


class LoggedModelCalls(StoreCalls):
    def create_logged_model(
        self,
        experiment_id: str,
        name: str | None = None,
        source_run_id: str | None = None,
        tags: Mapping[str, Any] = {},
        params: Mapping[str, Any] = {},
        model_type: str | None = None,
    ) -> LoggedModel:
        """Begin a logged model, which is PENDING until ``finalize_logged_model``; its id owns its artifacts."""
        store, model_id = self.store, f"m-{uuid.uuid4().hex}"
        store.models.create(
            LoggedModel(
                model_id=model_id,
                run_id=source_run_id,
                path="",
                name=name or model_id,
                flavor="",
                size_bytes=0,
                created_at_ms=now_ms(),
                experiment_id=experiment_id,
                model_type=model_type or "",
                status=ModelStatus.PENDING,
                tags=texts(tags),
                params=texts(params),
            )
        )
        return store.models.get(model_id)

    def finalize_logged_model(self, model_id: str, status: str) -> LoggedModel:
        """Say how it went: READY or FAILED."""
        store = self.store
        store.models.set_status(model_id, ModelStatus(status), at_ms=now_ms())
        return store.models.get(model_id)

    def get_logged_model(self, model_id: str) -> LoggedModel:
        return self.store.models.get(model_id)

    def search_logged_models(
        self,
        experiment_ids: Sequence[str],
        filter_string: str | None = None,
        datasets: Sequence[Mapping[str, str]] | None = None,
        max_results: int | None = None,
        order_by: Sequence[Mapping[str, Any]] | None = None,
        page_token: str | None = None,
    ) -> PagedList[LoggedModel]:
        """Find logged models, newest first unless ``order_by`` says otherwise.

        Parameters
        ----------
        filter_string
            Such as ``metrics.f1 > 0.9 and params.depth = "3"``.
        datasets
            ``dataset_name`` and perhaps ``dataset_digest`` of each: only metrics measured on those count.
        order_by
            ``field_name`` of each and perhaps ``ascending``: ``[{"field_name": "metrics.f1", "ascending": False}]``.
        """
        orders = [
            f"{order['field_name']} {'ASC' if order.get('ascending', True) else 'DESC'}" for order in order_by or ()
        ]
        query = Query(filter_string or "", tuple(orders), max_results or 100, page_token)
        measured_on = [(dataset["dataset_name"], dataset.get("dataset_digest")) for dataset in datasets or ()]
        page = self.store.models.search(query, experiment_ids=experiment_ids, datasets=measured_on)
        return PagedList(page.items, page.next_page_token)

    def delete_logged_model(self, model_id: str) -> None:
        self.store.models.delete(model_id)

    def log_model_params(self, model_id: str, params: Mapping[str, Any]) -> None:
        self.store.models.log_params(model_id, texts(params))

    def set_logged_model_tags(self, model_id: str, tags: Mapping[str, Any]) -> None:
        self.store.models.set_tags(model_id, texts(tags))

    def delete_logged_model_tag(self, model_id: str, key: str) -> None:
        self.store.models.delete_tag(model_id, key)

    def log_model_artifact(self, model_id: str, local_path: str | Path) -> None:
        """Add one file to a logged model's own artifacts, at their top."""
        store, file = self._owner_of(model_id), Path(local_path)
        store.artifacts.record(model_id, [store.artifacts.put_file(model_id, file.name, file)])

    def log_model_artifacts(self, model_id: str, local_dir: str | Path) -> None:
        """Add all files of a folder to a logged model's own artifacts: an MLmodel among them makes it loadable."""
        store = self._owner_of(model_id)
        store.artifacts.record(model_id, store.artifacts.put_folder(model_id, "", Path(local_dir)))

    def list_logged_model_artifacts(self, model_id: str, path: str | None = None) -> list[ArtifactEntry]:
        """List one folder of a logged model's artifacts."""
        store = self.store
        model = store.models.get(model_id)
        if not (model.run_id and model.path):
            return list(store.artifacts.list(model_id, path or ""))
        below = store.artifacts.list(model.run_id, "/".join(filter(None, (model.path, path))))
        return [replace(entry, path=entry.path.removeprefix(f"{model.path}/")) for entry in below]

    def _owner_of(self, model_id: str) -> Store:
        """Return the store, having checked that a model is there and has artifacts of its own."""
        store = self.store
        model = store.models.get(model_id)
        if model.path:
            raise InvalidState(
                f"The files of {model_id} lie with its run, at {model.model_uri}. Log further ones to the run."
            )
        return store
