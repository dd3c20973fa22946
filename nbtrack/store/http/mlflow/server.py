from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nbtrack.entities import StoredFile
from nbtrack.errors import RunNotFound, StoreUnavailable
from nbtrack.store.http.connection import Connection
from nbtrack.store.http.ledger import Ledger
from nbtrack.store.http.mlflow.api import MlflowApi
from nbtrack.store.http.mlflow.changes import Changes
from nbtrack.store.http.mlflow.experiments import MlflowExperiments
from nbtrack.store.http.mlflow.metrics import MlflowMetrics
from nbtrack.store.http.mlflow.models import MlflowModels
from nbtrack.store.http.mlflow.purge import MlflowPurge
from nbtrack.store.http.mlflow.registry import MlflowRegistry
from nbtrack.store.http.mlflow.run_ids import RunIds
from nbtrack.store.http.mlflow.runs import MlflowRuns
from nbtrack.store.http.mlflow.sessions import MlflowSessions
from nbtrack.store.http.mlflow.writing import Writer


class MlflowServer:
    """The parts of a store on a server that speaks MLflow's REST; ``folder`` keeps what this machine knows of it."""

    def __init__(self, connection: Connection, folder: Path) -> None:
        self._api, ledger = MlflowApi(connection), Ledger(folder)
        api = self._api
        self.experiments = MlflowExperiments(api)
        self._ids = ids = RunIds(api, ledger, self.experiments)
        self._writer = writer = Writer(api, ledger, ids, self.experiments)
        self._changes = Changes(api, ids, self.experiments)
        self.runs = MlflowRuns(api, ledger, ids, self.experiments, writer, self._changes)
        self.metrics = MlflowMetrics(api, ids, self.experiments)
        self.sessions = MlflowSessions(api, ledger, ids, self.experiments, writer)
        self.models = MlflowModels(api, ids, self.experiments, writer.models)
        self.registry = MlflowRegistry(api, ids)
        self.purge = MlflowPurge(connection.url)

    def check(self) -> None:
        """Return if it is one.

        Raises
        ------
        StoreUnavailable
        """
        self._api.check()

    def artifact_uri(self, owner_id: str) -> str | None:
        try:
            self._ids.of_server(owner_id)
        except RunNotFound:
            return self.models.get(owner_id).artifact_uri
        return self.runs.get(owner_id).info.artifact_uri

    def default_artifact_uri(self, owner_id: str) -> str:
        raise StoreUnavailable(
            f"{owner_id} has not reached the server yet, which decides where its artifacts lie. Try again in a while."
        )

    def settle(self, run_id: str, location: str | None) -> str | None:  # noqa: ARG002
        return None  # the server decides when it makes the run

    def record_files(self, owner_id: str, files: Sequence[StoredFile]) -> None:
        """Nothing to be done: the server keeps no checksums."""

    def try_again(self) -> None:
        self._writer.try_again()

    def seq(self) -> int:
        return self._changes.seq()

    def change_token(self) -> int:
        return self._changes.token()
