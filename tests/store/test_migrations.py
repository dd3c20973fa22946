"""Stores of an older schema come along, on every database, and whole or not at all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from nbtrack.entities import NewRun
from nbtrack.store import open_store
from nbtrack.store.sql.database import Database
from nbtrack.store.sql.dialects import PostgresqlBackend, SqliteBackend
from nbtrack.store.sql.schema import HEAD, migrate

# Every statement of the migrations is one to be killed at; `make durability` takes more of them.
STRIDE = 5 if "NBTRACK_KILLS" in os.environ else 37


@pytest.fixture(params=["sqlite", "postgresql"])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Database, str]]:
    """Give a database of the first schema, with two runs of one cell, and its URI."""
    if request.param == "sqlite":
        backend, uri = SqliteBackend(tmp_path / "nbtrack.db"), str(tmp_path)
    else:
        server = request.getfixturevalue("postgresql")
        request.getfixturevalue("user_data")
        name = server.create_database(is_empty=True)
        uri = server.uri(name)
        backend = PostgresqlBackend(uri)
    database = Database(backend, uri="store")
    with database.transaction() as connection:
        migrate(connection, target="0001")
        fill(connection)
    yield database, uri
    database.close()
    if request.param == "postgresql":
        server.drop_database(name)


def fill(connection: sa.Connection) -> None:
    connection.exec_driver_sql("INSERT INTO sessions VALUES ('s', 'h', 'b', 1, 1, 1, NULL, NULL)")
    for run_id in ("a", "b"):
        statements = (
            'INSERT INTO runs (run_id, experiment_id, name, status, lifecycle, started_at_ms, "user", origin, attempt, '
            "seq) VALUES (:run_id, '0', 'r', 'FINISHED', 'active', 1, '', 'fit', 1, 1)",
            "INSERT INTO cell_executions (execution_id, run_id, session_id, source, status, started_at_ms) "
            "VALUES ('e', :run_id, 's', 'x = 1', 'ok', 5)",
            "INSERT INTO metrics (id, run_id, key, step, at_ms, value) VALUES (:id, :run_id, 'm', 0, 1, 0.5)",
            "INSERT INTO metric_summaries VALUES (:run_id, 'm', 0.5, 0.5, 0, 1, 0.5, 0.5, 0, 0, 1)",
        )
        for statement in statements:
            connection.execute(sa.text(statement), {"run_id": run_id, "id": ord(run_id)})


def check(uri: str) -> None:
    """Open the store and see that all that was in it is there."""
    store = open_store(uri)
    for run_id in ("a", "b"):
        assert [(cell.execution_id, cell.source) for cell in store.sessions.cells(run_id)] == [("e", "x = 1")]
        assert [(point.step, point.value) for point in store.metrics.history(run_id, "m").points] == [(0, 0.5)]
    store.runs.create([NewRun("c", "new", "0", 1)])
    store.close()


def revision(database: Database) -> str:
    with database.reading() as connection:
        return str(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one())


def test_a_store_of_the_first_schema_comes_along(old: tuple[Database, str]) -> None:
    database, uri = old
    check(uri)
    assert revision(database) == HEAD


MIGRATE_AND_DIE = """
import os, signal, sys
import sqlalchemy as sa
from nbtrack.store import open_store

left = int(sys.argv[2])

@sa.event.listens_for(sa.Engine, "after_cursor_execute")
def count(connection, cursor, statement, *_):
    global left
    left -= statement.lstrip().split()[0] in {"CREATE", "ALTER", "DROP", "INSERT", "UPDATE"}
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

open_store(sys.argv[1]).close()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="kills with a signal")
@pytest.mark.timeout(600)
def test_a_process_that_is_killed_inside_a_migration_leaves_the_old_schema(old: tuple[Database, str]) -> None:
    database, uri = old
    kills = 0
    for statements in range(1, 1000, STRIDE):
        done = subprocess.run(
            [sys.executable, "-c", MIGRATE_AND_DIE, uri, str(statements)], check=False, capture_output=True, text=True
        )
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL, done.stderr
        assert revision(database) == "0001"
        kills += 1
    assert kills > 1
    check(uri)
