from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from nbtrack.autolog.observation import complain
from nbtrack.entities import Batch, tags
from nbtrack.tracking import log
from nbtrack.tracking.gathering import gathering

MAX_WARNING = 500


class Attempts:
    """Does the parts of a recording each by itself: one that fails does not take the others along.

    What a part returns as text, and what it fails with, is collected in ``warnings``.
    """

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def __call__(self, act: Callable[..., object], *arguments: object, **options: object) -> None:
        try:
            outcome = act(*arguments, **options)
        except Exception as error:  # noqa: BLE001 tracking must never break the user's code
            complain(error, what="not all is tracked")
            outcome = " ".join(str(error).split())[:MAX_WARNING]
        if isinstance(outcome, str) and outcome:
            self.warnings.append(outcome)

    @contextmanager
    def recording(self, run_id: str, *, since: float, cost_s: float = 0.0) -> Iterator[None]:
        """Write what is appended to a run inside in one go, with what there was to warn of and what it cost.

        Parameters
        ----------
        since
            When the recording began, by ``time.perf_counter()``.
        cost_s
            What was spent before.
        """
        with gathering(run_id, self):
            try:
                yield
            finally:
                cost = {tags.CAPTURE_MS: f"{(cost_s + time.perf_counter() - since) * 1000:.1f}"}
                log.append(run_id, Batch(tags=cost | self._tags()))
                told = len(self.warnings)
        if len(self.warnings) > told:  # a part was refused by the store
            self(log.append, run_id, Batch(tags=self._tags()))

    def _tags(self) -> dict[str, str]:
        return {tags.WARNING: "; ".join(self.warnings)} if self.warnings else {}
