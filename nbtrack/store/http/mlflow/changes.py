"""What changed on a server that does not tell: its newest and open runs are looked at again and again."""

from __future__ import annotations

import threading
import time

from nbtrack.entities import RunSummary
from nbtrack.store.http.mlflow.api import MlflowApi, listed
from nbtrack.store.http.mlflow.documents import ServerRun, server_run
from nbtrack.store.http.mlflow.experiments import MlflowExperiments
from nbtrack.store.http.mlflow.run_ids import RunIds
from nbtrack.store.protocol import RunSummaries

INTERVAL_S = 2.0
NEWEST = 100
MAX_OPEN = 200


class Changes:
    """Numbers the changes that are seen. A change to an old run that is over is not seen before it is read again."""

    def __init__(self, api: MlflowApi, ids: RunIds, experiments: MlflowExperiments) -> None:
        self._api, self._ids, self._experiments = api, ids, experiments
        self._lock = threading.Lock()
        self._looked_at: float | None = None
        self._seq = 0
        self._known: dict[str, RunSummary] = {}
        self._experiments_seen: object = None

    def token(self) -> int:
        """Return the number of the newest change, looking for new ones now and then."""
        with self._lock:
            looked_at = self._looked_at
        if looked_at is None or time.monotonic() - looked_at >= INTERVAL_S:
            self._look()
        return self._seq

    def seq(self) -> int:
        """Return the number of the newest change that is known."""
        return self._seq

    def seq_of(self, found: ServerRun) -> int:
        """Return the number of a run's newest change, having compared it with what was known of it."""
        with self._lock:
            known = self._known.get(found.server_run_id)
            if known is not None and found.summary(known.seq) == known:
                return known.seq
            self._seq += 1
            self._known[found.server_run_id] = found.summary(self._seq)
            return self._seq

    def since(self, seq: int) -> RunSummaries:
        """Return the runs with changes above a number."""
        self._look()
        with self._lock:
            changed = [summary for summary in self._known.values() if summary.seq > seq]
            now = self._seq
        changed.sort(key=lambda summary: -summary.started_at_ms)
        return RunSummaries(tuple(changed), now)

    def _look(self) -> None:
        experiments = self._experiments.list(lifecycle=None)
        ids = [experiment.experiment_id for experiment in experiments]
        newest = {"order_by": ["attributes.start_time DESC"], "max_results": NEWEST}
        still_open = {"filter": "attributes.status = 'RUNNING'", "max_results": MAX_OPEN}
        for options in (newest, still_open) if ids else ():
            page = self._api.read("runs/search", experiment_ids=ids, run_view_type="ALL", **options)
            for document in listed(page, "runs"):
                self.seq_of(server_run(document, self._ids))
        with self._lock:
            if experiments != self._experiments_seen:
                self._seq += self._experiments_seen is not None
                self._experiments_seen = experiments
            self._looked_at = time.monotonic()
