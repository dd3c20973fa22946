"""Bringing to the server what was logged. A step may be done twice: the server keeps the same thing once.

What the server refuses for good is told, once, and left out; the rest of what came with it is kept.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from nbtrack.clock import now_ms
from nbtrack.entities import Batch, CellExecution, Lifecycle, Metric, NewRun, RunStatus, Session
from nbtrack.entities import tags as tag_names
from nbtrack.errors import AlreadyExists, InvalidInput, InvalidState, ParamConflict, RunNotFound, ServerFailed
from nbtrack.store.http.ledger import Ledger
from nbtrack.store.http.mlflow import records, tags
from nbtrack.store.http.mlflow.api import MlflowApi, listed
from nbtrack.store.http.mlflow.chunks import chunks, logged
from nbtrack.store.http.mlflow.datasets import input_document
from nbtrack.store.http.mlflow.experiments import MlflowExperiments
from nbtrack.store.http.mlflow.filters import quoted
from nbtrack.store.http.mlflow.limits import sifted
from nbtrack.store.http.mlflow.model_writing import ModelWriter
from nbtrack.store.http.mlflow.proxy import Proxy, is_proxied
from nbtrack.store.http.mlflow.run_ids import RunIds
from nbtrack.store.http.mlflow.sending import Sender
from nbtrack.store.http.mlflow.telling import Telling
from nbtrack.store.merging import merged
from nbtrack.store.patience import Patience
from nbtrack.store.protocol import DEFAULT_EXPERIMENT_ID, Delivery


class Writer:
    def __init__(self, api: MlflowApi, ledger: Ledger, ids: RunIds, experiments: MlflowExperiments) -> None:
        self._api, self._ledger, self._ids, self._experiments = api, ledger, ids, experiments
        self._artifact_uris: dict[str, str] = {}
        self._patience = Patience()
        self._has_tried_again = False
        self._telling = Telling()
        self._sender = Sender(api, self._telling)
        self.models = ModelWriter(api, ledger, ids, self._sender, self._telling)

    def deliver(self, delivery: Delivery) -> None:
        """Bring a stretch of a segment to the server; after a failure, all of it is brought again.

        Raises
        ------
        StoreUnavailable
            Part of it may have arrived.
        """
        if not self._has_tried_again:
            self.try_again()  # another session may have put something aside
        place = (delivery.segment, delivery.start)
        try:
            self._deliver(delivery, is_patient=not self._patience.is_over(place))
        except ServerFailed:
            self._patience.note_failure(place)
            raise
        self._patience.forget(place)

    def try_again(self) -> None:
        """Bring to the server what was put aside; at what it fails again, that stays there.

        Raises
        ------
        StoreUnavailable
        """
        for record in self._ledger.aside():
            with suppress(ServerFailed):
                if isinstance(record.value, NewRun):
                    self._telling.attempt(self.create, record.value)
                elif not self._ledger.is_run_aside(record.run_id):
                    self._telling.attempt(self.log, record.run_id, record.value)
                else:
                    continue
                self._ledger.forget_aside(record.number)
        self._has_tried_again = True

    def _deliver(self, delivery: Delivery, *, is_patient: bool) -> None:
        """Bring it all, or, if there is no patience left, put aside that at which the server fails."""
        for session in delivery.sessions:
            self._ledger.note_session(session)
        for new in delivery.new_runs:
            self._bring(new, self.create, new, is_patient=is_patient)
        by_run: dict[str, list[Batch]] = {}
        for run_id, batch in delivery.batches:
            by_run.setdefault(run_id, []).append(batch)
        for (run_id, key), rows in delivery.points.items():
            points = tuple(Metric(key, value, at_ms, step) for step, at_ms, value in rows)
            by_run.setdefault(run_id, []).append(Batch(points))
        for run_id, batches in by_run.items():
            for batch in _together(batches, run_id) if is_patient else batches:
                self._bring((run_id, batch), self._log_or_put_aside, run_id, batch, is_patient=is_patient)

    def _bring(
        self, record: NewRun | tuple[str, Batch], act: Callable[..., None], *args: Any, is_patient: bool
    ) -> None:
        try:
            self._telling.attempt(act, *args)
        except ServerFailed as failure:
            if is_patient:
                raise
            # A server that fails at everything is as good as away.
            self._api.get("experiments/get", experiment_id=DEFAULT_EXPERIMENT_ID)
            self._ledger.put_aside(record)
            self._telling.tell(
                f"{failure} It did so each time, so that some of what was logged is put aside on this machine, and the "
                "rest goes on. The next session tries it again, as does `nbtrack doctor --repair`."
            )

    def _log_or_put_aside(self, run_id: str, batch: Batch) -> None:
        try:
            self.log(run_id, batch)
        except RunNotFound:
            if not self._ledger.is_run_aside(run_id):
                raise
            self._ledger.put_aside((run_id, batch))

    def create(self, new: NewRun) -> None:
        """Make a run, unless it was made by an attempt whose answer did not arrive."""
        server_run_id = self._ledger.server_run_id(new.run_id) or self._made(
            replace(new, experiment_id=self._home(new))
        )
        self._ledger.note_run(new.run_id, server_run_id)
        self._ids.note(new.run_id, server_run_id)
        batch = new.batch
        if new.parent_run_id is not None:
            batch = replace(batch, tags={tag_names.PARENT_RUN_ID: new.parent_run_id, **batch.tags})
        if new.status is not RunStatus.RUNNING:
            batch = replace(batch, status=new.status, ended_at_ms=new.ended_at_ms)
        self.log(new.run_id, batch)

    def _made(self, new: NewRun) -> str:
        """Make a run on the server, unless that was done already, and return its id there."""
        if self._ledger.is_begun(new.run_id):
            found = self._ids.tagged(new.run_id, [new.experiment_id, DEFAULT_EXPERIMENT_ID])
            if found is not None:
                return found
        self._ledger.begin_run(new.run_id)
        try:
            return self._posted(new)
        except (InvalidInput, InvalidState):
            if self._experiments.get(new.experiment_id).lifecycle_stage is Lifecycle.ACTIVE:
                raise
        self._tell_of_deleted(new.experiment_id)
        return self._posted(replace(new, experiment_id=DEFAULT_EXPERIMENT_ID))

    def _posted(self, new: NewRun) -> str:
        made = self._api.post(
            "runs/create",
            experiment_id=new.experiment_id,
            start_time=new.started_at_ms,
            run_name=new.name,
            user_id=new.user,
            tags=[{"key": key, "value": value} for key, value in self._system_tags(new).items()],
        )
        return str(made["run"]["info"]["run_id"])

    def _home(self, new: NewRun) -> str:
        """Return the experiment that a run is to belong to, making one of the name that it came with, if need be."""
        if new.experiment_name is None:
            return new.experiment_id
        found = self._experiments.find(new.experiment_name)
        try:
            return (found or self._experiments.create(new.experiment_name, tags={})).experiment_id
        except AlreadyExists:
            made_meanwhile = self._experiments.find(new.experiment_name)
        if made_meanwhile is not None:
            return made_meanwhile.experiment_id
        self._tell_of_deleted(new.experiment_name)
        return DEFAULT_EXPERIMENT_ID

    def _tell_of_deleted(self, experiment: str) -> None:
        self._telling.tell(
            f"The experiment {experiment!r} is deleted on {self._api.url}: runs that were made in it while the server "
            "was away are in its default experiment. Restore it there, or choose another with nbtrack.set_experiment()."
        )

    def log(self, run_id: str, batch: Batch) -> None:
        """Add to a run what the server can keep; the rest is told.

        Raises
        ------
        RunNotFound
        """
        server_run_id = self._ids.of_server(run_id)
        sieve = sifted(self._with_parent(batch))
        for refusal in sieve.refusals:
            self._telling.tell(str(refusal))
        kept = sieve.batch
        for chunk in chunks(logged(kept.metrics, kept.params, kept.tags)):
            self._sender.send(server_run_id, chunk)
        if kept.inputs:
            datasets = [input_document(item) for item in kept.inputs]
            self._telling.attempt(self._post, "runs/log-inputs", run_id=server_run_id, datasets=datasets)
        for model in kept.models:
            self._telling.attempt(self.models.write, replace(model, run_id=model.run_id or run_id))
        self._telling.attempt(self.models.link, run_id, kept)
        self._telling.attempt(self.models.measure, kept.model_metrics, run_id=run_id)
        self._log_records(run_id, kept)
        if kept.status is not None:
            update = {"run_id": server_run_id, "status": kept.status.value, "end_time": kept.ended_at_ms}
            self._telling.attempt(self._post, "runs/update", **update)

    def proxy(self, run_id: str) -> Proxy | None:
        """Return the run's artifacts, if they are behind the server."""
        uri = self._artifact_uris.get(run_id)
        if uri is None:
            document = self._api.get("runs/get", run_id=self._ids.of_server(run_id))
            uri = self._artifact_uris[run_id] = str(document["run"]["info"].get("artifact_uri", ""))
        return Proxy(self._api.connection, uri) if is_proxied(uri) else None

    def _system_tags(self, new: NewRun) -> dict[str, str]:
        """Return the tags that say what the server has no place for."""
        session = None if new.session_id is None else self._ledger.session(new.session_id)
        said = {
            tags.RUN_ID: new.run_id,
            tags.ORIGIN: new.origin.value,
            tags.GROUP_ID: new.group_id,
            tags.ATTEMPT: None if new.group_id is None else str(self._next_attempt(new.group_id, new.experiment_id)),
            tags.CELL_ID: new.cell_id,
            tags.NOTEBOOK: new.notebook,
            tags.EXECUTION_COUNT: None if new.execution_count is None else str(new.execution_count),
            tags.SOURCE_NAME: new.notebook,
            tags.SOURCE_TYPE: "NOTEBOOK" if new.notebook else None,
        }
        known = {key: value for key, value in said.items() if value is not None}
        return known if session is None else known | session_tags(session)

    def _next_attempt(self, group_id: str, experiment_id: str) -> int:
        page = self._api.read(
            "runs/search",
            experiment_ids=[experiment_id],
            filter=f"tags.`{tags.GROUP_ID}` = {quoted(group_id)}",
            run_view_type="ALL",
            order_by=["attributes.start_time DESC"],
            max_results=1,
        )
        attempts = [
            int(tag.get("value", 0))
            for run in listed(page, "runs")
            for tag in listed(run["data"], "tags")
            if tag["key"] == tags.ATTEMPT
        ]
        return max(attempts, default=0) + 1

    def _with_parent(self, batch: Batch) -> Batch:
        """Return a batch that names the parent as the server does, and beside that as nbtrack does."""
        parent = batch.tags.get(tag_names.PARENT_RUN_ID)
        if parent is None:
            return batch
        try:
            server_parent = self._ids.of_server(parent)
        except RunNotFound:
            return batch
        return replace(
            batch,
            tags={**batch.tags, tag_names.PARENT_RUN_ID: server_parent, tags.PARENT_RUN_ID: parent},
        )

    def _log_records(self, run_id: str, batch: Batch) -> None:
        if batch.environment is None and batch.cell is None:
            return
        if batch.environment is not None:
            self._telling.attempt(self._put_environment, run_id, batch)
        if batch.cell is not None:
            self._ledger.note_cell(batch.cell.execution_id, run_id)
            # What a cell took is told on all the runs that it made.
            others = self._ledger.runs_of_cell(batch.cell.execution_id) if batch.cell.is_over else [run_id]
            for each in others:
                self._telling.attempt(self._put_cell, each, batch.cell)

    def _put_environment(self, run_id: str, batch: Batch) -> None:
        proxy = self._proxy_or_tell(run_id)
        if proxy is not None and batch.environment is not None:
            records.put_environment(proxy, batch.environment)

    def _put_cell(self, run_id: str, cell: CellExecution) -> None:
        proxy = self._proxy_or_tell(run_id)
        if proxy is not None:
            records.put_cell(proxy, cell)

    def _proxy_or_tell(self, run_id: str) -> Proxy | None:
        proxy = self.proxy(run_id)
        if proxy is None:
            self._telling.tell(
                f"{self._api.url} does not keep artifacts itself, so that cells and environments of runs are not kept. "
                "Start it with --serve-artifacts."
            )
        return proxy

    def _post(self, path: str, **body: Any) -> None:
        self._api.send("POST", path, body, is_repeatable=True)


def session_tags(session: Session) -> dict[str, str]:
    """Return the tags that say which process a run belongs to."""
    return {
        tags.SESSION_ID: session.session_id,
        tags.SESSION: json.dumps(vars(session)),
        tags.SEEN_AT_MS: str(now_ms()),
    }


def _together(batches: Sequence[Batch], run_id: str) -> Iterable[Batch]:
    """Return one batch for what belongs to a run; if the parts contradict each other, they go one by one."""
    try:
        return [merged(batches, run_id)]
    except ParamConflict:
        return batches
