"""A running Jupyter server as tests see it."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from nbtrack.entities import Batch, Metric, NewRun
from nbtrack.store import Store

TOKEN = "s3cret"
WAIT_S = 30.0


def wait_until(condition: Callable[[], object], *, timeout_s: float = WAIT_S) -> None:
    """Wait for a condition of another process, which can't be waited for otherwise."""
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end, f"{condition} did not come true within {timeout_s} s"
        time.sleep(0.02)


def _start_times() -> Iterator[int]:
    """Yield the present time: of two runs that start in the same millisecond it is not certain which is newer."""
    last = 0
    while True:
        last = max(time.time_ns() // 1_000_000, last + 1)
        yield last


@dataclass(frozen=True)
class Server:
    """A running server: ``api`` is authenticated, ``stranger`` is not."""

    url: str
    root: Path
    runtime: Path
    pid: int
    api: httpx.Client
    stranger: httpx.Client
    store: Store
    starts_ms: Iterator[int] = field(default_factory=_start_times)

    def run(self, name: str = "run", *, params: dict[str, str] | None = None, **metrics: float) -> str:
        """Make a run in the store, as a kernel would, and return its id."""
        run_id = uuid.uuid4().hex
        points = tuple(Metric(key, value, 1_000) for key, value in metrics.items())
        batch = Batch(metrics=points, params=params or {})
        self.store.runs.create([NewRun(run_id, name, "0", next(self.starts_ms), batch=batch)])
        return run_id
