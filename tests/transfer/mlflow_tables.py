"""Writing databases with the tables of MLflow's that an import needs."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

TABLES = {
    "experiments": "experiment_id INTEGER, name TEXT, lifecycle_stage TEXT",
    "runs": "run_uuid TEXT, name TEXT, status TEXT, start_time, end_time, lifecycle_stage TEXT, experiment_id INTEGER, "
    "artifact_uri TEXT",
    "metrics": "key TEXT, value, timestamp, step, is_nan, run_uuid TEXT",
    "params": "key TEXT, value, run_uuid TEXT",
    "tags": "key TEXT, value, run_uuid TEXT",
}
RUN_ID = "a" * 32


def write_database(file: Path, *statements: str | tuple[str, tuple[object, ...]], without: str = "") -> Path:
    """Make the tables but ``without``, one experiment and a run in it, and do what else is asked."""
    tables = [f"CREATE TABLE {name} ({columns})" for name, columns in TABLES.items() if name != without]
    rows: dict[str, tuple[str, tuple[object, ...]]] = {
        "experiments": ("INSERT INTO experiments VALUES (1, 'e', 'active')", ()),
        "runs": ("INSERT INTO runs VALUES (?, 'r', 'FINISHED', 1, 2, 'active', 1, NULL)", (RUN_ID,)),
    }
    inserts = [insert for name, insert in rows.items() if name != without]
    with closing(sqlite3.connect(file)) as connection, connection:
        for statement in [*tables, *inserts, *statements]:
            connection.execute(*((statement,) if isinstance(statement, str) else statement))
    return file
