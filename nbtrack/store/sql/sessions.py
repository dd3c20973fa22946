from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert as upsert

from nbtrack.entities import CellExecution, Environment, RunStatus, Session
from nbtrack.store.processes import is_alive
from nbtrack.store.sql.database import Database, bump_seq, read_seq
from nbtrack.store.sql.tables import cell_executions, environments, run_cells, runs, sessions


class SqlSessions:
    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self, session: Session) -> None:
        """Record a session; its notebook's name is brought up to date when it is opened again."""
        with self._database.transaction() as connection:
            write_sessions(connection, [session])

    def close(self, session_id: str, *, ended_at_ms: int) -> None:
        with self._database.transaction() as connection:
            connection.execute(
                sessions.update().where(sessions.c.session_id == session_id).values(ended_at_ms=ended_at_ms)
            )

    def interrupt_runs_of_dead(self, *, host: str, at_ms: int) -> Sequence[str]:
        """End, as KILLED, the open runs of this host's sessions whose process is gone; return their ids."""
        is_open = runs.c.status == RunStatus.RUNNING.value
        statement = (
            sa.select(runs.c.run_id, sessions.c.boot_id, sessions.c.pid, sessions.c.process_started_at_ms)
            .join(sessions, sessions.c.session_id == runs.c.session_id)
            .where(is_open, sessions.c.host == host)
        )
        with self._database.reading() as connection:
            open_runs = connection.execute(statement).all()
        alive: dict[tuple[str, int, int], bool] = {}
        dead = []
        for run_id, *process in open_runs:
            key = (process[0], process[1], process[2])
            if key not in alive:
                alive[key] = is_alive(*key)
            if not alive[key]:
                dead.append(run_id)
        if dead:
            with self._database.transaction() as connection:
                ended = runs.update().where(runs.c.run_id.in_(dead), is_open)
                connection.execute(
                    ended.values(status=RunStatus.KILLED.value, ended_at_ms=at_ms, seq=bump_seq(connection))
                )
        return dead

    def cells(self, run_id: str) -> Sequence[CellExecution]:
        statement = (
            cell_executions.select()
            .join(run_cells, run_cells.c.execution_id == cell_executions.c.execution_id)
            .where(run_cells.c.run_id == run_id)
            .order_by(cell_executions.c.started_at_ms)
        )
        with self._database.reading() as connection:
            return [CellExecution(**row) for row in connection.execute(statement).mappings()]

    def environment(self, run_id: str) -> Environment | None:
        statement = (
            environments.select()
            .join(runs, runs.c.environment_digest == environments.c.digest)
            .where(runs.c.run_id == run_id)
        )
        with self._database.reading() as connection:
            row = connection.execute(statement).first()
        return None if row is None else Environment(digest=row.digest, **json.loads(row.document))


def write_sessions(connection: sa.Connection, new: Sequence[Session]) -> None:
    connection.execute(_UPSERT_SESSION, [asdict(session) for session in new])


def write_cells(connection: sa.Connection, cells: Mapping[str, CellExecution]) -> None:
    """Store cells' executions, or bring them up to date, and link them to runs, by run id."""
    if not cells:
        return
    executions = {cell.execution_id: asdict(cell) for cell in cells.values()}
    connection.execute(_UPSERT_CELL, list(executions.values()))
    connection.execute(
        _LINK_CELL, [{"run_id": run_id, "execution_id": cell.execution_id} for run_id, cell in cells.items()]
    )
    over = [cell.execution_id for cell in cells.values() if cell.is_over]
    if over:
        # What it took is told on all the runs that it made.
        of_cells = sa.select(run_cells.c.run_id).where(run_cells.c.execution_id.in_(over))
        connection.execute(runs.update().where(runs.c.run_id.in_(of_cells)).values(seq=read_seq(connection)))


def write_environment(connection: sa.Connection, environment: Environment) -> None:
    document = {"python": environment.python, "platform": environment.platform, "packages": dict(environment.packages)}
    connection.execute(_KEEP_ENVIRONMENT, {"digest": environment.digest, "document": json.dumps(document)})


def _upsert_cell_statement() -> sa.Insert:
    insert = upsert(cell_executions)
    changing = [column.name for column in cell_executions.columns if not column.primary_key]
    return insert.on_conflict_do_update(
        index_elements=["execution_id"], set_={name: insert.excluded[name] for name in changing}
    )


def _upsert_session_statement() -> sa.Insert:
    insert = upsert(sessions)
    return insert.on_conflict_do_update(index_elements=["session_id"], set_={"notebook": insert.excluded.notebook})


_UPSERT_SESSION = _upsert_session_statement()
_UPSERT_CELL = _upsert_cell_statement()
_LINK_CELL = upsert(run_cells).on_conflict_do_nothing()
_KEEP_ENVIRONMENT = upsert(environments).on_conflict_do_nothing()
