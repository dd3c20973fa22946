"""Points that clients log are taken through the server's outbox: at once, for good, and readable by whoever asks it."""

from __future__ import annotations

import os
import signal
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx

from nbtrack.store import open_store
from nbtrack.tracking import take_over
from tests.rest.running import API, RestServer, running
from tests.server.running import wait_until


def points(step: int, *, count: int = 10) -> list[dict[str, Any]]:
    return [{"key": f"m{number}", "value": step / 8, "timestamp": 1, "step": step} for number in range(count)]


def test_what_was_logged_is_in_the_next_answer(server: RestServer):
    run_id = server.new_run()
    for step in range(20):
        assert server.post("/runs/log-batch", run_id=run_id, metrics=points(step)).status_code == 200
        history = server.get("/metrics/get-history", run_id=run_id, metric_key="m3").json()
        assert [point["step"] for point in history["metrics"]] == list(range(step + 1))
        found = server.post("/runs/search", experiment_ids=["0"], filter=f"metrics.m7 = {step / 8}").json()
        assert run_id in [run["info"]["run_id"] for run in found["runs"]]


def test_other_processes_see_it_soon(server: RestServer):
    run_id = server.new_run()
    assert server.post("/runs/log-metric", run_id=run_id, key="loss", value=0.5, timestamp=1).status_code == 200
    wait_until(lambda: dict(server.store.runs.get(run_id).data.metrics) == {"loss": 0.5})


def test_many_clients_log_at_once_and_nothing_is_lost(server: RestServer):
    run_ids = [server.new_run() for _ in range(4)]

    def log(place: int) -> None:
        for step in range(25):
            assert server.post("/runs/log-batch", run_id=run_ids[place % 4], metrics=points(step)).status_code == 200

    with ThreadPoolExecutor(8) as clients:
        list(clients.map(log, range(8)))
    for run_id in run_ids:
        history = server.get("/metrics/get-history", run_id=run_id, metric_key="m0").json()["metrics"]
        assert sorted(point["step"] for point in history) == sorted([*range(25), *range(25)])


def test_runs_that_are_unknown_or_deleted_are_refused_at_once(server: RestServer):
    run_id = server.new_run()
    assert server.post("/runs/log-batch", run_id=run_id, metrics=points(0)).status_code == 200
    server.post("/runs/delete", run_id=run_id)
    refused = server.post("/runs/log-batch", run_id=run_id, metrics=points(1))
    assert (refused.status_code, refused.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    missing = server.post("/runs/log-batch", run_id="0" * 32, metrics=points(1))
    assert (missing.status_code, missing.json()["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")
    server.post("/runs/restore", run_id=run_id)
    assert len(server.get("/metrics/get-history", run_id=run_id, metric_key="m0").json()["metrics"]) == 1


def test_a_batch_is_refused_whole(server: RestServer):
    run_id = server.new_run()
    bad = [*points(0), {"key": "m/../..", "value": 1.0, "timestamp": 1}]
    assert server.post("/runs/log-batch", run_id=run_id, metrics=bad).status_code == 400
    assert server.get("/runs/get", run_id=run_id).json()["run"]["data"].get("metrics", []) == []


def test_what_was_answered_survives_the_death_of_the_server(tmp_path: Path):
    with running(tmp_path, is_killed=True) as server:
        run_id = server.new_run()
        for step in range(50):
            assert server.post("/runs/log-batch", run_id=run_id, metrics=points(step)).status_code == 200
        os.kill(server.pid, signal.SIGKILL)
    store = open_store(str(tmp_path / "store"))
    take_over(store)
    assert [point.step for point in store.metrics.history(run_id, "m9").points] == list(range(50))
    store.close()


def test_a_locked_database_stops_nobody_who_logs(tmp_path: Path):
    with running(tmp_path) as server:
        run_id = server.new_run()
        assert server.post("/runs/log-batch", run_id=run_id, metrics=points(0)).status_code == 200
        with closing(sqlite3.connect(tmp_path / "store" / "nbtrack.db", isolation_level=None)) as database:
            database.execute("BEGIN IMMEDIATE")
            for step in range(1, 30):
                answer = server.post("/runs/log-batch", run_id=run_id, metrics=points(step))
                assert answer.status_code == 200, answer.text
            database.execute("ROLLBACK")
        history = server.get("/metrics/get-history", run_id=run_id, metric_key="m0").json()["metrics"]
        assert [point["step"] for point in history] == list(range(30))


def test_several_workers_see_each_others_points_at_once(tmp_path: Path):
    with running(tmp_path, "--workers", "2") as server:
        run_id = server.new_run()
        for step in range(20):
            with httpx.Client(base_url=server.url, trust_env=False) as other:  # perhaps at the other worker
                answer = other.post(f"{API}/runs/log-batch", json={"run_id": run_id, "metrics": points(step)})
                assert answer.status_code == 200
            history = server.get("/metrics/get-history", run_id=run_id, metric_key="m0").json()["metrics"]
            assert len(history) == step + 1
