"""Stores of many runs, made by bulk inserts: writing a million runs one by one would take an hour.

python -m tests.benchmarks.stores FOLDER RUNS
"""

from __future__ import annotations

import random
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import psycopg
from psycopg import sql

from nbtrack.store import open_store

MODELS = ("tree", "linear", "forest", "net")
STARTED_AT_MS = 1_700_000_000_000
CHUNK = 20_000


def make_store(folder: Path, runs: int, *, params: int = 10, metrics: int = 10, seed: int = 0) -> None:
    """Make a store of finished runs, each with 2 tags and as many params and metrics as asked for.

    ``metrics.rmse`` and ``metrics.m1`` ... are even in [0, 1), ``params.model`` is one of four, the other params
    are one of 1,000.
    """
    store = open_store(str(folder))
    store.seq()
    store.close()
    chance = random.Random(seed)  # noqa: S311 a benchmark is no secret
    ids = sorted(f"{chance.getrandbits(128):032x}" for _ in range(runs))
    with closing(sqlite3.connect(folder / "nbtrack.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA cache_size = -500000")
        # In the order of their ids, and with indexes made at the end, rows go where the last ones went.
        made = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN "
        indexes = connection.execute(made + "('runs', 'params', 'tags', 'metric_summaries')").fetchall()
        for name, _ in indexes:
            connection.execute(f"DROP INDEX {name}")
        for start in range(0, runs, CHUNK):
            connection.execute("BEGIN")
            _insert(connection, ids[start : start + CHUNK], chance)
            _insert_values(connection, ids[start : start + CHUNK], chance, params=params, metrics=metrics, start=start)
            connection.execute("COMMIT")
        for _, statement in indexes:
            connection.execute(statement)
        connection.execute("UPDATE store_state SET value = ? WHERE name = 'series'", (runs * metrics,))


def copy_to_postgresql(folder: Path, uri: str) -> None:
    """Copy the runs of a store that was just made to an empty one on a server, and let that know what it has."""
    with closing(sqlite3.connect(folder / "nbtrack.db")) as source, psycopg.connect(uri, autocommit=True) as target:
        for table in ("runs", "params", "tags", "metric_summaries"):
            rows = source.execute(f"SELECT * FROM {table}")  # noqa: S608 one of these
            columns = sql.SQL(", ").join(sql.Identifier(name) for name, *_ in rows.description)
            statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), columns)
            with target.cursor().copy(statement) as copy:
                for row in rows:
                    copy.write_row(row)
        target.execute("VACUUM ANALYZE")


def _insert(connection: sqlite3.Connection, ids: Sequence[str], chance: random.Random) -> None:
    starts = [STARTED_AT_MS + chance.randrange(10**11) for _ in ids]
    connection.executemany(
        "INSERT INTO runs (run_id, experiment_id, name, status, lifecycle, started_at_ms, ended_at_ms, user, origin, "
        "attempt, seq) VALUES (?, '0', 'run', 'FINISHED', 'active', ?, ?, 'ada', 'manual', 1, 1)",
        ((run_id, start, start + 500) for run_id, start in zip(ids, starts, strict=True)),
    )
    connection.executemany(
        "INSERT INTO tags (run_id, key, value) VALUES (?, ?, ?)",
        (row for run_id in ids for row in ((run_id, "source", "notebook.ipynb"), (run_id, "team", "blue"))),
    )


def _insert_values(
    connection: sqlite3.Connection,
    ids: Sequence[str],
    chance: random.Random,
    *,
    params: int,
    metrics: int,
    start: int,
) -> None:
    values = [str(number) for number in range(1000)]
    connection.executemany(
        "INSERT INTO params (run_id, key, value) VALUES (?, ?, ?)",
        (
            (run_id, f"p{place}" if place else "model", chance.choice(values if place else MODELS))
            for run_id in ids
            for place in range(params)
        ),
    )
    connection.executemany(
        "INSERT INTO metric_summaries (run_id, key, series_id, first, last, last_step, last_at_ms, min, max, min_step, "
        "max_step, count) VALUES (?, ?, ?, ?4, ?4, 0, 1, ?4, ?4, 0, 0, 1)",
        (
            (run_id, f"m{place}" if place else "rmse", (start + number) * metrics + place, chance.random())
            for number, run_id in enumerate(ids)
            for place in range(metrics)
        ),
    )


if __name__ == "__main__":
    make_store(Path(sys.argv[1]), int(sys.argv[2]))
