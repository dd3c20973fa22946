"""Stores of many runs, made by bulk inserts: writing a million runs one by one would take an hour.

python -m tests.benchmarks.stores FOLDER RUNS
"""

from __future__ import annotations

import random
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

from nbtrack.store import open_store

PARAMS = METRICS = 10
MODELS = ("tree", "linear", "forest", "net")
STARTED_AT_MS = 1_700_000_000_000
CHUNK = 10_000


def make_store(folder: Path, runs: int, *, seed: int = 0) -> None:
    """Make a store of finished runs with 10 params, 10 metrics and 2 tags each.

    ``metrics.rmse`` and ``metrics.m1`` ... ``m9`` are even in [0, 1), ``params.model`` is one of four, the other params
    are one of 1,000.
    """
    open_store(str(folder)).close()
    connection = sqlite3.connect(folder / "nbtrack.db", isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA cache_size = -500000")
    chance = random.Random(seed)  # noqa: S311 a benchmark is no secret
    for start in range(0, runs, CHUNK):
        connection.execute("BEGIN")
        _insert(connection, range(start, min(start + CHUNK, runs)), chance)
        connection.execute("COMMIT")
    connection.execute("UPDATE store_state SET value = ? WHERE name = 'series'", (runs * METRICS,))
    connection.close()


def _insert(connection: sqlite3.Connection, numbers: range, chance: random.Random) -> None:
    ids = {number: f"{chance.getrandbits(128):032x}" for number in numbers}
    connection.executemany(
        "INSERT INTO runs (run_id, experiment_id, name, status, lifecycle, started_at_ms, ended_at_ms, user, origin, "
        "attempt, seq) VALUES (?, '0', ?, 'FINISHED', 'active', ?, ?, 'ada', 'manual', 1, 1)",
        ((run_id, f"run-{n}", STARTED_AT_MS + n * 1000, STARTED_AT_MS + n * 1000 + 500) for n, run_id in ids.items()),
    )
    connection.executemany("INSERT INTO params (run_id, key, value) VALUES (?, ?, ?)", _params(ids, chance))
    connection.executemany(
        "INSERT INTO tags (run_id, key, value) VALUES (?, ?, ?)",
        (row for run_id in ids.values() for row in ((run_id, "team", "blue"), (run_id, "source", "notebook.ipynb"))),
    )
    connection.executemany(
        "INSERT INTO metric_summaries (run_id, key, series_id, first, last, last_step, last_at_ms, min, max, min_step, "
        "max_step, count) VALUES (?, ?, ?, ?4, ?4, 0, 1, ?4, ?4, 0, 0, 1)",
        _metrics(ids, chance),
    )


def _params(ids: dict[int, str], chance: random.Random) -> Iterator[tuple[str, str, str]]:
    for run_id in ids.values():
        yield run_id, "model", chance.choice(MODELS)
        for place in range(1, PARAMS):
            yield run_id, f"p{place}", str(chance.randrange(1000))


def _metrics(ids: dict[int, str], chance: random.Random) -> Iterator[tuple[str, str, int, float]]:
    for number, run_id in ids.items():
        for place in range(METRICS):
            yield run_id, f"m{place}" if place else "rmse", number * METRICS + place, chance.random()


if __name__ == "__main__":
    make_store(Path(sys.argv[1]), int(sys.argv[2]))
