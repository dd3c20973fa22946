"""Workers of every kind log to one run at once: nothing is lost, nothing is doubled, nobody hangs."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import sys
import time

import joblib
import pytest

import nbtrack
from nbtrack.store import Store

WORKERS, POINTS = 3, 200


@pytest.fixture(autouse=True)
def _store_of_workers(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that is started, not forked, learns of the store as kernels do."""
    monkeypatch.setenv("NBTRACK_TRACKING_URI", store.uri)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))


def log_as_worker(run_id: str, worker: int) -> int:
    for step in range(POINTS):
        nbtrack.log_metric(f"m{worker}", float(step), step=step, run_id=run_id)
    nbtrack.log_params({f"p{worker}": worker}, run_id=run_id)
    return worker


def assert_all_is_there(store: Store, run_id: str) -> None:
    """A living worker's points come within moments; those of one that ended with the next reading."""
    end = time.monotonic() + 30
    while len(nbtrack.get_run(run_id).data.params) < WORKERS:
        assert time.monotonic() < end
        time.sleep(0.02)
    for worker in range(WORKERS):
        steps = [point.step for point in store.metrics.history(run_id, f"m{worker}").points]
        assert steps == list(range(POINTS))


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_processes_of_multiprocessing(store: Store, method: str) -> None:
    context = multiprocessing.get_context(method)
    with nbtrack.start_run() as run:
        nbtrack.log_metric("parent", 1.0)
        workers = [context.Process(target=log_as_worker, args=(run.info.run_id, worker)) for worker in range(WORKERS)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(120)
        assert [worker.exitcode for worker in workers] == [0] * WORKERS
        assert_all_is_there(store, run.info.run_id)
    assert nbtrack.get_run(run.info.run_id).info.status == "FINISHED"


def test_a_pool_that_is_terminated(store: Store) -> None:
    with nbtrack.start_run() as run, multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.starmap(log_as_worker, [(run.info.run_id, worker) for worker in range(WORKERS)]) == [0, 1, 2]
    assert_all_is_there(store, run.info.run_id)


@pytest.mark.parametrize("backend", ["loky", "multiprocessing", "threading"])
def test_workers_of_joblib(store: Store, backend: str) -> None:
    if backend == "loky":
        end_workers_of_loky()  # those of another test know another store
    with nbtrack.start_run() as run:
        calls = (joblib.delayed(log_as_worker)(run.info.run_id, worker) for worker in range(WORKERS))
        assert joblib.Parallel(n_jobs=2, backend=backend)(calls) == [0, 1, 2]
        assert_all_is_there(store, run.info.run_id)
    if backend == "loky":
        end_workers_of_loky()


def end_workers_of_loky() -> None:
    from joblib.externals.loky import get_reusable_executor

    get_reusable_executor().shutdown(wait=True)


def test_a_forked_worker_that_makes_runs_of_its_own(store: Store) -> None:
    def search() -> None:
        with nbtrack.start_run(run_name="of worker", nested=True):
            nbtrack.log_metric("m", 1.0)

    context = multiprocessing.get_context("fork")
    with nbtrack.start_run() as run:
        workers = [context.Process(target=search) for _ in range(WORKERS)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(120)
    nbtrack.flush()
    children = store.runs.children(run.info.run_id)
    assert [(child.name, child.status.value, child.metrics) for child in children] == [
        ("of worker", "FINISHED", {"m": 1.0})
    ] * WORKERS


def test_tasks_of_asyncio_each_with_a_run_of_its_own(store: Store) -> None:
    async def task(number: int) -> str:
        with nbtrack.start_run(run_name=f"task {number}") as run:
            for step in range(20):
                nbtrack.log_metric("m", float(number), step=step)
                await asyncio.sleep(0)
                if step == 10:
                    await asyncio.to_thread(nbtrack.log_metric, "of_thread", float(number))
        return run.info.run_id

    async def tasks() -> list[str]:
        return await asyncio.gather(*(task(number) for number in range(8)))

    for number, run_id in enumerate(asyncio.run(tasks())):
        found = nbtrack.get_run(run_id)
        assert (found.info.run_name, found.info.status) == (f"task {number}", "FINISHED")
        assert found.data.metrics == {"m": float(number), "of_thread": float(number)}
        assert store.metrics.history(run_id, "m").total == 20
    assert nbtrack.active_run() is None
