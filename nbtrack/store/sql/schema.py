"""Making a store's schema, recognising it, and bringing an older one up to date."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from nbtrack.clock import now_ms
from nbtrack.entities import Lifecycle
from nbtrack.errors import NotAStore, StoreTooNew
from nbtrack.store.protocol import DEFAULT_EXPERIMENT_ID, DEFAULT_EXPERIMENT_NAME
from nbtrack.store.sql import tables
from nbtrack.store.sql.database import Database

HEAD = "0012"
REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009", "0010", "0011", "0012")
MIGRATIONS = Path(__file__).parent.parent / "migrations"


def ensure_schema(database: Database) -> None:
    """Create the schema in an empty database, or check, and if need be migrate, what is there.

    Raises
    ------
    NotAStore
        The database holds something else.
    StoreTooNew
        A newer nbtrack wrote it.
    """
    with database.reading() as connection:
        revision = _revision(connection, database.uri)
    if revision == HEAD:
        return
    with database.explaining():
        database.backend.prepare()
    with database.transaction() as connection:
        # Look again: another process may have been here between the reading and the lock.
        revision = _revision(connection, database.uri)
        if revision is None:
            _create(connection)
        elif revision != HEAD:
            migrate(connection)
        else:
            return
        database.backend.complete(connection)


def migrate(connection: sa.Connection, *, target: str = "head") -> None:
    """Run the migrations up to ``target`` inside the caller's transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, target)


def _revision(connection: sa.Connection, uri: str) -> str | None:
    names = set(sa.inspect(connection).get_table_names())
    if not names:
        return None
    if "alembic_version" not in names or "store_state" not in names:
        raise NotAStore(
            f"{uri} is a database of something else (it has the tables {', '.join(sorted(names)[:5])}). "
            "Open another place with nbtrack.set_tracking_uri(...)."
        )
    revision = str(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one())
    if revision not in REVISIONS:
        raise StoreTooNew(
            f"The store {uri} has schema {revision}, which this nbtrack (schema {HEAD}) does not know: a newer nbtrack "
            "wrote it. Upgrade with `pip install -U nbtrack`."
        )
    return revision


def _create(connection: sa.Connection) -> None:
    # From the tables at once: importing and running Alembic would cost a new store a third of a second.
    tables.metadata.create_all(connection, checkfirst=False)
    connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
    connection.exec_driver_sql(f"INSERT INTO alembic_version (version_num) VALUES ('{HEAD}')")  # noqa: S608 a constant
    _seed(connection)


def _seed(connection: sa.Connection) -> None:
    """Insert the rows that every store has."""
    now = now_ms()
    connection.execute(tables.store_state.insert(), [{"name": "seq", "value": 1}, {"name": "series", "value": 0}])
    connection.execute(
        tables.experiments.insert().values(
            experiment_id=DEFAULT_EXPERIMENT_ID,
            name=DEFAULT_EXPERIMENT_NAME,
            lifecycle=Lifecycle.ACTIVE.value,
            created_at_ms=now,
            updated_at_ms=now,
        )
    )
