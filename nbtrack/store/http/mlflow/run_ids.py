"""Ids of runs.

In nbtrack a run has one id, in every process: the one that nbtrack gave it, which stands in a tag, and for other
clients' runs the server's. Both are understood wherever an id is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nbtrack.errors import NotFound, RunNotFound
from nbtrack.store.http.ledger import Ledger
from nbtrack.store.http.mlflow import tags
from nbtrack.store.http.mlflow.api import MlflowApi, listed
from nbtrack.store.http.mlflow.experiments import MlflowExperiments
from nbtrack.store.http.mlflow.filters import quoted
from nbtrack.store.http.mlflow.model_ids import ModelIds
from nbtrack.store.http.mlflow.names import Names


class RunIds(Names):
    """Ids of runs, and beside them, in ``models``, those of the models that runs made and used."""

    def __init__(self, api: MlflowApi, ledger: Ledger, experiments: MlflowExperiments) -> None:
        super().__init__()
        self._api, self._ledger, self._experiments = api, ledger, experiments
        self.models = ModelIds(api, ledger, experiments)

    def of_server(self, run_id: str) -> str:
        """Return the server's id of a run.

        Raises
        ------
        RunNotFound
            The server has no run of this id, be it ours or its own.
        """
        found = self._servers.get(run_id) or self._ledger.server_run_id(run_id) or self._asked(run_id)
        if found is None:
            raise RunNotFound(run_id, self._api.url)
        self.note(run_id, found)
        return found

    def shown(self, server_run_id: str, run_tags: Mapping[str, str]) -> str:
        """Return the id that a run is shown with, and remember it."""
        return self.note_shown(run_tags.get(tags.RUN_ID) or server_run_id, server_run_id)

    def here(self, server_run_id: str) -> str:
        """Return the id that the run of a server's id is shown with, asking for it if need be."""
        known = self._here.get(server_run_id)
        if known is not None:
            return known
        try:
            document = self._api.get("runs/get", run_id=server_run_id)
        except NotFound:
            return server_run_id
        found = listed((document.get("run") or {}).get("data") or {}, "tags")
        return self.shown(server_run_id, {str(tag["key"]): str(tag.get("value", "")) for tag in found})

    def tagged(self, run_id: str, experiment_ids: Sequence[str]) -> str | None:
        """Return the server's id of the run that has ours in its tag."""
        if not experiment_ids:
            return None
        page = self._api.read(
            "runs/search",
            experiment_ids=list(experiment_ids),
            filter=f"tags.`{tags.RUN_ID}` = {quoted(run_id)}",
            run_view_type="ALL",
            order_by=["attributes.start_time ASC"],
            max_results=1,
        )
        runs = listed(page, "runs")
        return str(runs[0]["info"]["run_id"]) if runs else None

    def _asked(self, run_id: str) -> str | None:
        try:
            self._api.get("runs/get", run_id=run_id)
        except NotFound:
            return self.tagged(run_id, self._experiments.all_ids())
        return run_id
