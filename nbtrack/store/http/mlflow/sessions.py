from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from nbtrack.entities import CellExecution, Environment, Session
from nbtrack.store.http.ledger import Ledger
from nbtrack.store.http.mlflow import records, tags
from nbtrack.store.http.mlflow.api import MlflowApi
from nbtrack.store.http.mlflow.documents import ServerRun, server_run
from nbtrack.store.http.mlflow.experiments import MlflowExperiments
from nbtrack.store.http.mlflow.filters import quoted
from nbtrack.store.http.mlflow.run_ids import RunIds
from nbtrack.store.http.mlflow.writing import Writer, session_tags
from nbtrack.store.protocol import SeenSession

PAGE = 1000


class MlflowSessions:
    """Sessions are known to the machine that they ran on, and to the runs that they made, by tags."""

    def __init__(
        self, api: MlflowApi, ledger: Ledger, ids: RunIds, experiments: MlflowExperiments, writer: Writer
    ) -> None:
        self._api, self._ledger, self._ids = api, ledger, ids
        self._experiments, self._writer = experiments, writer

    def open(self, session: Session) -> None:
        self._ledger.note_session(session)

    def seen(self, session_id: str, *, at_ms: int) -> None:
        for run in self._open(_is(tags.SESSION_ID, session_id)):
            self._set_tags(run, {tags.SEEN_AT_MS: str(at_ms)})

    def adopt(self, session: Session, run_id: str) -> None:
        self._ledger.note_session(session)
        document = self._api.get("runs/get", run_id=self._ids.of_server(run_id))
        found = server_run(document.get("run") or {}, self._ids)
        self._set_tags(found, session_tags(session))

    def with_open_runs(self) -> Sequence[SeenSession]:
        """Return the sessions that have runs which are not over; each was seen when its last run of them was."""
        found: dict[str, SeenSession] = {}
        for run in self._open(f"tags.`{tags.SESSION_ID}` IS NOT NULL"):
            session = _session(run.all_tags.get(tags.SESSION, ""))
            if session is None:
                continue
            seen = run.all_tags.get(tags.SEEN_AT_MS, "")
            seen_at_ms = int(seen) if seen.isdecimal() else run.run.info.start_time
            known = found.get(session.session_id)
            if known is None or known.seen_at_ms < seen_at_ms:
                found[session.session_id] = SeenSession(session, seen_at_ms)
        return list(found.values())

    def interrupt_runs(self, session_ids: Sequence[str], *, at_ms: int) -> Sequence[str]:
        interrupted = []
        for session_id in session_ids:
            for run in self._open(_is(tags.SESSION_ID, session_id)):
                self._api.post("runs/update", run_id=run.server_run_id, status="KILLED", end_time=at_ms)
                interrupted.append(run.run.info.run_id)
        return interrupted

    def cells(self, run_id: str) -> Sequence[CellExecution]:
        proxy = self._writer.proxy(run_id)
        return () if proxy is None else records.cells(proxy)

    def environment(self, run_id: str) -> Environment | None:
        proxy = self._writer.proxy(run_id)
        return None if proxy is None else records.environment(proxy)

    def _set_tags(self, run: ServerRun, new: Mapping[str, str]) -> None:
        given = [{"key": key, "value": value} for key, value in new.items()]
        self._api.send("POST", "runs/log-batch", {"run_id": run.server_run_id, "tags": given}, is_repeatable=True)

    def _open(self, condition: str) -> Iterator[ServerRun]:
        experiments = self._experiments.all_ids()
        if experiments:
            found = self._api.pages(
                "runs/search",
                "runs",
                experiment_ids=experiments,
                filter=f"attributes.status = 'RUNNING' AND {condition}",
                run_view_type="ACTIVE_ONLY",
                max_results=PAGE,
            )
            # All of them first: what is ended while pages are read would shift the next page.
            yield from [server_run(document, self._ids) for document in found]


def _is(tag: str, value: str) -> str:
    return f"tags.`{tag}` = {quoted(value)}"


def _session(text: str) -> Session | None:
    try:
        return Session(**json.loads(text))
    except (ValueError, TypeError, RecursionError):
        return None
