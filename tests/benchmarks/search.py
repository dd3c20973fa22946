"""The curve of a search's cost against the number of runs, with the query plans, on both databases, beside MLflow's.

python -m tests.benchmarks.search 10000 100000 1000000

``MLFLOW_PYTHON`` names a Python that has MLflow; it and PostgreSQL are asked for stores of up to 100,000 runs. Times
are milliseconds, the fastest of several rounds: of the wall clock, and of the thread's own work, which others on the
machine disturb less.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa

import nbtrack
from nbtrack.entities import NewRun
from nbtrack.store import Delivery, RunQuery, Store, open_store
from tests.benchmarks.stores import copy_to_postgresql, make_store
from tests.postgresql import PostgresqlServer

FILTER = 'metrics.rmse < 0.1 and params.model = "tree"'
ORDERS = ("metrics.rmse ASC", "metrics.m3 DESC", "attributes.start_time DESC")
PAGE = 100
PEERS_UP_TO = 100_000
_MLFLOW = Path(__file__).with_name("mlflow_search.py")


def fastest(work: Callable[[], object], rounds: int = 7) -> str:
    """Return the fastest round's wall clock and own work in milliseconds."""
    work()
    wall = own = float("inf")
    for _ in range(rounds):
        start, start_own = time.perf_counter(), time.thread_time()
        work()
        wall = min(wall, time.perf_counter() - start)
        own = min(own, time.thread_time() - start_own)
    return f"{wall * 1000:9.1f} {own * 1000:9.1f}"


def last_page(store: Store, query: RunQuery) -> RunQuery:
    while (token := store.runs.search(query).next_page_token) is not None:
        query = replace(query, page_token=token)
    return query


def measure(uri: str, runs: int) -> None:
    store = open_store(uri)
    for order in ORDERS:
        measure_pages(store, RunQuery(filter=FILTER, order_by=(order,), max_results=PAGE), runs)
    rare = RunQuery(filter="params.p3 = '7' and params.p4 = '9'", order_by=("metrics.m3",), max_results=PAGE)
    print(f"{f'{runs:>9,}  two rare params':<52}{fastest(lambda: store.runs.search(rare))}")
    newest = RunQuery(max_results=PAGE)
    print(f"{f'{runs:>9,}  the newest {PAGE}':<52}{fastest(lambda: store.runs.search(newest))}")
    print_plans(store, RunQuery(filter=FILTER, order_by=ORDERS[1:2], max_results=PAGE))
    store.close()


def measure_on_postgresql(folder: Path, runs: int) -> None:
    server = PostgresqlServer()
    try:
        uri = server.uri(server.create_database())
        copy_to_postgresql(folder, uri)
        print(f"{runs:>9,}  on PostgreSQL:")
        measure(uri, runs)
    finally:
        server.close()


def measure_pages(store: Store, first: RunQuery, runs: int) -> None:
    last = last_page(store, first)
    for name, query in (("first", first), ("last", last)):
        line = f"{runs:>9,}  by {first.order_by[0]}, {name} page"
        print(f"{line:<52}{fastest(partial(store.runs.search, query))}")


def print_plans(store: Any, query: RunQuery) -> None:
    """Print each statement of a search with the database's plan."""
    engine, asked = store._database.backend._engine, []
    listen = sa.event.listens_for(engine, "after_cursor_execute")
    listen(lambda _connection, _cursor, statement, values, *_: asked.append((statement, values)))
    store.runs.search(query)
    with engine.connect() as connection:
        for statement, values in [each for each in asked if each[0].startswith("SELECT")]:
            print("   ", " ".join(statement.split())[:150])
            explain = "EXPLAIN QUERY PLAN " if engine.dialect.name == "sqlite" else "EXPLAIN (COSTS OFF) "
            for row in connection.exec_driver_sql(explain + statement, values):
                print("        ", row[-1])


def measure_histories() -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(folder)
        store.runs.create([NewRun("r", "run", "0", 1)])
        for points in (100_000, 1_000_000):
            key = f"m{points}"
            for start in range(0, points, 20_000):
                rows = [(step, step, (step % 977) / 3) for step in range(start, start + 20_000)]
                store.runs.deliver(Delivery(key, start, start + 20_000, {("r", key): rows}))
            read = partial(store.metrics.history, "r", key)
            print(f"{f'{points:>9,}  points of a history, in full':<52}{fastest(read, 3)}")
            print(f"{f'{points:>9,}  points, 1,000 of them':<52}{fastest(partial(read, max_points=1000))}")
            part = fastest(partial(read, max_points=1000, start_step=40_000, end_step=60_000))
            print(f"{f'{points:>9,}  points, 1,000 of 20,000 of them':<52}{part}")
        store.close()


def measure_frame() -> None:
    with tempfile.TemporaryDirectory() as folder:
        make_store(Path(folder, "store"), 10_000, params=16, metrics=15)
        nbtrack.set_tracking_uri(Path(folder, "store"))
        frame = fastest(lambda: nbtrack.search_runs(search_all_experiments=True), 5)
        shape = nbtrack.search_runs(search_all_experiments=True).shape
        print(f"{f'{shape[0]:>9,}  runs as a DataFrame of {shape[1]} columns':<52}{frame}")


def main(sizes: list[int]) -> None:
    print(f"{'':<52}{'wall ms':>9} {'own ms':>9}")
    measure_histories()
    measure_frame()
    for runs in sizes:
        with tempfile.TemporaryDirectory() as folder:
            make_store(Path(folder, "store"), runs)
            measure(str(Path(folder, "store")), runs)
            if runs > PEERS_UP_TO:
                continue
            measure_on_postgresql(Path(folder, "store"), runs)
            if "MLFLOW_PYTHON" in os.environ:
                command = [os.environ["MLFLOW_PYTHON"], str(_MLFLOW), str(runs), FILTER, *ORDERS]
                subprocess.run(command, cwd=folder, check=True)


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [10_000, 100_000])
