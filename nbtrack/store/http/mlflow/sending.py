"""Sending what belongs to a run, in pieces, so that what the server refuses of it doesn't take the rest along."""

from __future__ import annotations

import math

from nbtrack.errors import NbtrackError, NotFound, StoreUnavailable
from nbtrack.store.http.mlflow.api import MlflowApi, number
from nbtrack.store.http.mlflow.chunks import Chunk
from nbtrack.store.http.mlflow.telling import Telling

_INFINITIES = (number(math.inf), number(-math.inf))


class Sender:
    def __init__(self, api: MlflowApi, telling: Telling) -> None:
        self._api, self._telling = api, telling

    def send(self, server_run_id: str, chunk: Chunk) -> None:
        """Send a chunk; what the server refuses or changes of it is told."""
        if any(item["value"] in _INFINITIES for item in chunk.metrics):
            self._telling.tell(
                f"{self._api.url} keeps infinities as ±1.797e308; an nbtrack server keeps them as they are."
            )
        self._send(server_run_id, chunk)

    def _send(self, server_run_id: str, chunk: Chunk) -> None:
        """Send a chunk; of one that is refused, the two halves, until what is refused stands alone."""
        body = {"run_id": server_run_id, "metrics": chunk.metrics, "params": chunk.params, "tags": chunk.tags}
        try:
            self._api.send("POST", "runs/log-batch", body, is_repeatable=True)
        except StoreUnavailable:
            raise
        except NbtrackError as refusal:
            if len(chunk) == 1 or not self._is_active(server_run_id):
                self._telling.tell(f"{chunk.keys} of run {server_run_id} is refused and not kept. {refusal}")
                return
            for half in chunk.halves():
                self._send(server_run_id, half)

    def _is_active(self, server_run_id: str) -> bool:
        try:
            document = self._api.get("runs/get", run_id=server_run_id)
        except NotFound:
            return False
        return bool(document["run"]["info"].get("lifecycle_stage") == "active")
