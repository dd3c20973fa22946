from __future__ import annotations

from collections.abc import Sequence

from nbtrack.errors import InvalidState
from nbtrack.store.protocol import Discarded


class MlflowPurge:
    """An MLflow server has no request for deleting for good."""

    def __init__(self, url: str) -> None:
        self._url = url

    def find(self, *, deleted_before_ms: int) -> Sequence[Discarded]:  # noqa: ARG002
        raise self._refusal()

    def claim(self, discarded: Sequence[Discarded], *, at_ms: int) -> Sequence[Discarded]:  # noqa: ARG002
        raise self._refusal()

    def forget(self, discarded: Sequence[Discarded]) -> None:  # noqa: ARG002
        raise self._refusal()

    def _refusal(self) -> InvalidState:
        return InvalidState(f"{self._url} deletes for good only on its own machine: run `mlflow gc` there.")
