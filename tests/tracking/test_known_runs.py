from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

import nbtrack
from nbtrack.store import Store
from nbtrack.tracking import known_runs


@pytest.fixture
def _impatient_threads() -> Iterator[None]:
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("_impatient_threads")
def test_threads_that_make_more_runs_than_are_known_are_not_disturbed(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known_runs, "MAX_KNOWN_RUNS", 5)
    with nbtrack.start_run() as run:
        outbox = known_runs.known_run(run.info.run_id).outbox

        def remember(worker: int) -> None:
            for number in range(10_000):
                known_runs._remember(known_runs.KnownRun(f"{worker}-{number}", outbox, {}))

        with ThreadPoolExecutor(8) as threads:
            list(threads.map(remember, range(8)))
        nbtrack.log_metric("m", 1.0)
    assert nbtrack.get_run(run.info.run_id).data.metrics == {"m": 1.0}
