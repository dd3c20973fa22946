"""A process that is killed while it brings a store up to date leaves the old schema or the new one, and all rows."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from nbtrack.store import open_store
from nbtrack.store.sql import tables
from nbtrack.store.sql.database import Database
from nbtrack.store.sql.dialects import SqliteBackend
from nbtrack.store.sql.schema import HEAD, migrate

OLDEST = "0001"
# Every statement of the migrations is one to be killed at; `make durability` takes them all.
STRIDE = 1 if "NBTRACK_KILLS" in os.environ else 9
MIGRATE_AND_DIE = """
import os, signal, sys
import sqlalchemy as sa
from nbtrack.store import open_store
seen = 0
@sa.event.listens_for(sa.Engine, "after_cursor_execute")
def count(connection, cursor, statement, *_):
    global seen
    if "PRAGMA" in statement.upper() or statement.startswith(("SELECT", "BEGIN")):
        return
    seen += 1
    if seen == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
open_store(sys.argv[1]).close()
"""


def old_store(folder: Path) -> None:
    folder.mkdir()
    database = Database(SqliteBackend(folder / "nbtrack.db"), uri="store")
    database.backend.prepare()
    with database.transaction() as connection:
        migrate(connection, target=OLDEST)
        connection.exec_driver_sql(
            "INSERT INTO runs (run_id, experiment_id, name, status, lifecycle, started_at_ms, user, origin, "
            "attempt, seq) VALUES ('a', '0', 'kept', 'FINISHED', 'active', 1, '', 'fit', 1, 1)"
        )
        connection.exec_driver_sql("INSERT INTO params VALUES ('a', 'depth', '3')")
    database.close()


def schema_of(folder: Path) -> tuple[str, set[str]]:
    connection = sqlite3.connect(folder / "nbtrack.db")
    (version,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    connection.close()
    return version, names


@pytest.mark.skipif(sys.platform == "win32", reason="kills with a signal")
def test_a_store_is_whole_wherever_its_migration_is_killed(tmp_path: Path) -> None:
    before: tuple[str, set[str]] | None = None
    at, returncode = 1, -signal.SIGKILL
    while returncode == -signal.SIGKILL:
        folder = tmp_path / str(at)
        old_store(folder)
        before = before or schema_of(folder)
        command = [sys.executable, "-c", MIGRATE_AND_DIE, str(folder), str(at)]
        returncode = subprocess.run(command, timeout=120, check=False).returncode
        assert schema_of(folder) == before or schema_of(folder)[0] == HEAD
        store = open_store(str(folder))
        run = store.runs.get("a")
        store.close()
        assert (run.info.run_name, run.data.params) == ("kept", {"depth": "3"})
        version, names = schema_of(folder)
        assert version == HEAD
        assert names == {"alembic_version", *tables.metadata.tables}
        at += STRIDE
    assert returncode == 0
    assert at > 3 * STRIDE
