from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

import sqlalchemy as sa

from nbtrack.clock import now_ms
from nbtrack.entities import CellExecution, Environment, RunStatus, Session
from nbtrack.store.protocol import SeenSession
from nbtrack.store.sql.database import Database, bump_seq, read_seq
from nbtrack.store.sql.membership import one_of
from nbtrack.store.sql.tables import cell_executions, environments, run_cells, runs, sessions
from nbtrack.store.sql.upserts import Upsert, replacing


class SqlSessions:
    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self, session: Session) -> None:
        """Record a session; its notebook's name is brought up to date when it is opened again."""
        with self._database.transaction() as connection:
            write_sessions(connection, [session])

    def seen(self, session_id: str, *, at_ms: int) -> None:
        with self._database.transaction() as connection:
            connection.execute(sessions.update().where(sessions.c.session_id == session_id).values(seen_at_ms=at_ms))

    def adopt(self, session: Session, run_id: str) -> None:
        with self._database.transaction() as connection:
            write_sessions(connection, [session])
            connection.execute(runs.update().where(runs.c.run_id == run_id).values(session_id=session.session_id))

    def with_open_runs(self) -> Sequence[SeenSession]:
        # From the few open runs to their sessions: each process that ever logged has one.
        has_open = sessions.c.session_id.in_(sa.select(runs.c.session_id).where(_IS_OPEN))
        with self._database.reading() as connection:
            rows = connection.execute(sa.select(_SEEN, *_COLUMNS).where(has_open)).all()
        return [SeenSession(Session(*of_session), seen_at_ms) for seen_at_ms, *of_session in rows]

    def interrupt_runs(self, session_ids: Sequence[str], *, at_ms: int) -> Sequence[str]:
        of_sessions = sa.and_(one_of(runs.c.session_id, session_ids), _IS_OPEN)
        with self._database.transaction() as connection:
            interrupted = connection.scalars(sa.select(runs.c.run_id).where(of_sessions)).all()
            if interrupted:
                ended = {"status": RunStatus.KILLED.value, "ended_at_ms": at_ms, "seq": bump_seq(connection)}
                connection.execute(runs.update().where(of_sessions).values(ended))
        return interrupted

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
        return None if row is None else environment_from(row)


_IS_OPEN = runs.c.status == RunStatus.RUNNING.value
_COLUMNS = [sessions.c[field.name] for field in fields(Session)]
# Sessions of a store of an earlier version were never seen again.
_SEEN = sa.func.coalesce(sessions.c.seen_at_ms, sessions.c.started_at_ms)


def write_sessions(connection: sa.Connection, new: Sequence[Session]) -> None:
    now = {"seen_at_ms": now_ms()}
    connection.execute(_UPSERT_SESSION.on(connection), [asdict(session) | now for session in new])


def write_cells(connection: sa.Connection, cells: Mapping[str, CellExecution]) -> None:
    """Store cells' executions, or bring them up to date, and link them to runs, by run id."""
    if not cells:
        return
    executions = {cell.execution_id: asdict(cell) for cell in cells.values()}
    connection.execute(_UPSERT_CELL.on(connection), list(executions.values()))
    connection.execute(
        _LINK_CELL.on(connection),
        [{"run_id": run_id, "execution_id": cell.execution_id} for run_id, cell in cells.items()],
    )
    over = [cell.execution_id for cell in cells.values() if cell.is_over]
    if over:
        # What it took is told on all the runs that it made.
        of_cells = sa.select(run_cells.c.run_id).where(run_cells.c.execution_id.in_(over))
        connection.execute(runs.update().where(runs.c.run_id.in_(of_cells)).values(seq=read_seq(connection)))


def environment_from(row: sa.Row[Any]) -> Environment:
    return Environment(digest=row.digest, **json.loads(row.document))


def write_environment(connection: sa.Connection, environment: Environment) -> None:
    document = {"python": environment.python, "platform": environment.platform, "packages": dict(environment.packages)}
    connection.execute(
        _KEEP_ENVIRONMENT.on(connection), {"digest": environment.digest, "document": json.dumps(document)}
    )


_UPSERT_SESSION = Upsert(sessions, ["session_id"], replacing("notebook", "seen_at_ms"))
_UPSERT_CELL = Upsert(
    cell_executions,
    ["execution_id"],
    replacing(*(column.name for column in cell_executions.columns if not column.primary_key)),
)
_LINK_CELL = Upsert(run_cells)
_KEEP_ENVIRONMENT = Upsert(environments)
