from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from nbtrack.entities import Batch, Lifecycle, NewRun, Run, RunSummary
from nbtrack.entities import tags as tag_names
from nbtrack.errors import InvalidFilter, InvalidInput, InvalidState, NotFound, ParamConflict, RunNotFound
from nbtrack.limits import check_batch, check_name
from nbtrack.store.columns import table_of
from nbtrack.store.http.ledger import Ledger
from nbtrack.store.http.mlflow import filters
from nbtrack.store.http.mlflow.api import Document, MlflowApi, listed, with_ids
from nbtrack.store.http.mlflow.changes import Changes
from nbtrack.store.http.mlflow.documents import linked_models, server_run
from nbtrack.store.http.mlflow.experiments import MlflowExperiments
from nbtrack.store.http.mlflow.limits import sifted
from nbtrack.store.http.mlflow.run_ids import RunIds
from nbtrack.store.http.mlflow.writing import Writer
from nbtrack.store.protocol import Delivery, RunKeys, RunPage, RunQuery, RunSummaries, RunTable

MAX_PAGE = 1000
_VIEWS = {"active": "ACTIVE_ONLY", "deleted": "DELETED_ONLY", None: "ALL"}


RUNS_WITH_KEYS = 200


class MlflowRuns:
    """Runs on the server, under the ids that nbtrack gave them, or, made by other clients, under the server's."""

    def __init__(
        self,
        api: MlflowApi,
        ledger: Ledger,
        ids: RunIds,
        experiments: MlflowExperiments,
        writer: Writer,
        changes: Changes,
    ) -> None:
        self._api, self._ledger, self._ids = api, ledger, ids
        self._experiments, self._writer, self._changes = experiments, writer, changes

    def create(self, new_runs: Sequence[NewRun]) -> None:
        for new in new_runs:
            check_name(new.name, "run")
            self._check_batch(new.batch)
            if new.experiment_name is None:
                self._experiments.check_active(new.experiment_id, "making runs")
            self._writer.create(new)

    def get(self, run_id: str) -> Run:
        try:
            document = self._api.get("runs/get", run_id=self._ids.of_server(run_id)).get("run") or {}
        except NotFound:
            raise RunNotFound(run_id, self._api.url) from None
        return self._whole([document])[0]

    def search(self, query: RunQuery) -> RunPage:
        body = {
            "experiment_ids": list(query.experiment_ids or self._experiments.all_ids()),
            "filter": filters.filter_for_mlflow(query.filter, self._server_id_or_same),
            "order_by": filters.order_for_mlflow(query.order_by),
            "run_view_type": _VIEWS[query.lifecycle],
        }
        found: list[Run] = []
        token = query.page_token
        while body["experiment_ids"]:
            try:
                page = self._api.read(
                    "runs/search",
                    max_results=min(MAX_PAGE, query.max_results - len(found)),
                    page_token=token,
                    **body,
                )
            except InvalidInput as refusal:
                raise InvalidFilter(query.filter, str(refusal)) from None
            found += self._whole(listed(page, "runs"))
            token = page.get("next_page_token") or None
            if token is None or len(found) >= query.max_results:
                break
        return RunPage(tuple(found), token)

    def keys(self, *, experiment_id: str | None = None, prefix: str = "", limit: int = 1000) -> RunKeys:
        """Return keys of the newest runs: the server has no list of them."""
        within = () if experiment_id is None else (experiment_id,)
        newest = self.table(RunQuery(experiment_ids=within, max_results=RUNS_WITH_KEYS))
        found = (
            [key for key in columns if key.startswith(prefix)]
            for columns in (newest.metrics, newest.params, newest.tags)
        )
        return RunKeys(*(tuple(keys[:limit]) for keys in found))

    def table(self, query: RunQuery) -> RunTable:
        return table_of(self.search(query).runs)

    def summaries(
        self, *, experiment_id: str | None = None, filter_text: str = "", limit: int = 500, cursor: str | None = None
    ) -> RunSummaries:
        experiments = [experiment_id] if experiment_id is not None else self._active_experiments()
        if not experiments:
            return RunSummaries((), self._changes.seq())
        page = self._api.read(
            "runs/search",
            experiment_ids=experiments,
            filter=filters.filter_for_mlflow(filter_text, self._server_id_or_same),
            run_view_type="ACTIVE_ONLY",
            order_by=["attributes.start_time DESC"],
            max_results=min(limit, MAX_PAGE),
            page_token=cursor,
        )
        summaries = self._summed(listed(page, "runs"))
        # What is seen here for the first time has its number now.
        return RunSummaries(summaries, self._changes.seq(), page.get("next_page_token") or None)

    def summaries_since(self, seq: int) -> RunSummaries:
        return self._changes.since(seq)

    def summaries_of(self, run_ids: Sequence[str]) -> Sequence[RunSummary]:
        server_ids = [self._ids.of_server(run_id) for run_id in run_ids]
        documents = with_ids(self._api, self._experiments.all_ids(), server_ids)
        found = {each.server_run_id: each for each in (server_run(document, self._ids) for document in documents)}
        missing = [run_id for run_id, server_id in zip(run_ids, server_ids, strict=True) if server_id not in found]
        if missing:
            raise RunNotFound(missing[0], self._api.url)
        return [found[server_id].summary(self._changes.seq_of(found[server_id])) for server_id in server_ids]

    def children(self, run_id: str) -> Sequence[RunSummary]:
        parent = filters.quoted(self._ids.of_server(run_id))
        found = self._api.pages(
            "runs/search",
            "runs",
            experiment_ids=self._experiments.all_ids(),
            filter=f"tags.`{tag_names.PARENT_RUN_ID}` = {parent}",
            run_view_type="ALL",
            max_results=MAX_PAGE,
        )
        return self._summed(found)

    def log(self, run_id: str, batch: Batch) -> None:
        self._check_batch(batch)
        self._check_models(batch)
        known = self._check_active(run_id).data.params
        for key, value in batch.params.items():
            if known.get(key, value) != value:
                raise ParamConflict(key, known[key], value, run_id)
        self._writer.log(run_id, batch)

    def deliver(self, delivery: Delivery) -> None:
        """Bring a stretch of a segment to the server, unless that is done already; what it refuses is told."""
        if self._ledger.position(delivery.segment) >= delivery.end:
            return
        self._writer.deliver(delivery)
        self._ledger.set_position(delivery.segment, delivery.end)

    def delivered(self, segment: str) -> int:
        return self._ledger.position(segment)

    def forget_segment(self, segment: str) -> None:
        self._ledger.forget_segment(segment)

    def check(self, delivery: Delivery) -> None:
        for new in delivery.new_runs:
            if new.experiment_name is None:
                self._experiments.get(new.experiment_id)
        made_here = {new.run_id for new in delivery.new_runs}
        logged_to = {run_id for run_id, _ in [*delivery.batches, *delivery.points]}
        for run_id in logged_to - made_here:
            self._check_active(run_id)

    def check_open(self, run_id: str) -> None:
        self._check_active(run_id)

    def delete_tag(self, run_id: str, key: str) -> None:
        try:
            self._api.post("runs/delete-tag", run_id=self._ids.of_server(run_id), key=key)
        except NotFound:
            self._check_active(run_id)  # a tag that is not there is gone

    def rename(self, run_id: str, name: str) -> None:
        check_name(name, "run")
        self._check_active(run_id)
        self._api.post("runs/update", run_id=self._ids.of_server(run_id), run_name=name)

    def delete(self, run_ids: Iterable[str]) -> None:
        """Delete runs and their children; deleting again changes nothing."""
        self._for_each_with_children(run_ids, "runs/delete")

    def restore(self, run_id: str) -> None:
        self._for_each_with_children([run_id], "runs/restore")

    def _for_each_with_children(self, run_ids: Iterable[str], path: str) -> None:
        for run_id in run_ids:
            server_ids = [self._ids.of_server(run_id)]
            server_ids += [self._ids.of_server(child.run_id) for child in self.children(run_id)]
            for server_id in server_ids:
                self._api.post(path, run_id=server_id)

    def _check_active(self, run_id: str) -> Run:
        run = self.get(run_id)
        if run.info.lifecycle_stage is Lifecycle.DELETED:
            raise InvalidState(
                f"Run {run_id} is deleted and can't be written to. Restore it in the sidebar, or with "
                "nbtrack.Client().restore_run(run_id)."
            )
        return run

    def _check_batch(self, batch: Batch) -> None:
        """Refuse what no store can keep, and what this one can't."""
        check_batch(batch)
        for refusal in sifted(batch).refusals:
            raise refusal

    def _check_models(self, batch: Batch) -> None:
        """Refuse what is said of models that are not there.

        Raises
        ------
        ModelNotFound
        """
        named = {*batch.model_inputs, *(made.model_id for made in batch.model_outputs)}
        named |= {point.model_id for point in batch.model_metrics}
        for model_id in sorted(named - {model.model_id for model in batch.models}):
            self._ids.models.of_server(model_id)

    def _server_id_or_same(self, run_id: str) -> str:
        try:
            return self._ids.of_server(run_id)
        except RunNotFound:
            return run_id  # matches nothing, as it should

    def _active_experiments(self) -> list[str]:
        return [experiment.experiment_id for experiment in self._experiments.list()]

    def _whole(self, documents: Sequence[Document]) -> list[Run]:
        """Read runs with the ids that models have here."""
        self._ids.models.learn(linked_models(documents))
        return [server_run(document, self._ids).run for document in documents]

    def _summed(self, documents: Iterable[Any]) -> tuple[RunSummary, ...]:
        found = [server_run(document, self._ids) for document in documents]
        return tuple(each.summary(self._changes.seq_of(each)) for each in found)
