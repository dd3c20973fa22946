"""The same searches in MLflow on SQLite; run by ``search.py`` with a Python that has MLflow, in an empty folder."""

from __future__ import annotations

import random
import sqlite3
import sys
import time
from collections.abc import Callable
from functools import partial

import mlflow

PAGE = 100
PATIENCE_S = 10.0


def make(runs: int) -> None:
    mlflow.set_tracking_uri("sqlite:///mlflow.db")
    mlflow.search_experiments()
    connection, chance = sqlite3.connect("mlflow.db"), random.Random(0)  # noqa: S311 a benchmark is no secret
    connection.execute("PRAGMA synchronous = OFF")
    ids = [f"{chance.getrandbits(128):032x}" for _ in range(runs)]
    connection.executemany(
        "INSERT INTO runs (run_uuid, name, source_type, status, lifecycle_stage, start_time, end_time, experiment_id, "
        "artifact_uri, user_id) VALUES (?, 'run', 'LOCAL', 'FINISHED', 'active', ?, ?, 0, '', 'ada')",
        ((run_id, at * 1000, at * 1000 + 500) for at, run_id in enumerate(ids)),
    )
    models = ["tree", "linear", "forest", "net"]
    for place in range(10):
        values = models if place == 0 else [str(number) for number in range(1000)]
        connection.executemany(
            "INSERT INTO params (run_uuid, key, value) VALUES (?, ?, ?)",
            ((run_id, f"p{place}" if place else "model", chance.choice(values)) for run_id in ids),
        )
        connection.executemany(
            "INSERT INTO latest_metrics (run_uuid, key, value, timestamp, step, is_nan) VALUES (?, ?, ?, 1, 0, 0)",
            ((run_id, f"m{place}" if place else "rmse", chance.random()) for run_id in ids),
        )
    connection.execute("ANALYZE")  # without it SQLite takes a minute for a search of 100,000 runs that were filled in
    connection.commit()
    connection.close()


def main(runs: int, text: str, orders: list[str]) -> None:
    make(runs)
    client = mlflow.MlflowClient()
    for order in orders:
        best = fastest(partial(client.search_runs, ["0"], text, order_by=[order], max_results=PAGE))
        print(f"{f'{runs:>9,}  MLflow by {order}, first page':<52}{best:9.1f}")
    best = fastest(partial(client.search_runs, ["0"], max_results=PAGE))
    print(f"{f'{runs:>9,}  MLflow, the newest {PAGE}':<52}{best:9.1f}", flush=True)


def fastest(work: Callable[[], object]) -> float:
    timings: list[float] = []
    while len(timings) < 5 and sum(timings) < PATIENCE_S:
        start = time.perf_counter()
        work()
        timings.append(time.perf_counter() - start)
    return min(timings) * 1000


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3:])
