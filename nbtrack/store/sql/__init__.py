"""The store on a SQL database, through SQLAlchemy Core."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from nbtrack.errors import NotAStore, StoreAway, StoreUnavailable
from nbtrack.settings import ARTIFACT_ROOT_VARIABLE, outbox_folder, redact, store_digest, user_folder
from nbtrack.store.artifacts import Artifacts, check_location
from nbtrack.store.checksums import changed_artifacts
from nbtrack.store.diagnosis import Finding
from nbtrack.store.filesystem import is_on_network
from nbtrack.store.records import RecordStore
from nbtrack.store.sql.database import Database, read_seq
from nbtrack.store.sql.dialects import PostgresqlBackend, SqliteBackend
from nbtrack.store.sql.experiments import SqlExperiments
from nbtrack.store.sql.files import SqlFiles
from nbtrack.store.sql.health import examine_database, owners_among
from nbtrack.store.sql.histories import SqlMetrics
from nbtrack.store.sql.logged_models import SqlLoggedModels
from nbtrack.store.sql.owners import SqlOwners
from nbtrack.store.sql.purge import SqlPurge
from nbtrack.store.sql.records import SqlRecords
from nbtrack.store.sql.registry import SqlRegistry
from nbtrack.store.sql.runs import SqlRuns
from nbtrack.store.sql.schema import ensure_schema
from nbtrack.store.sql.sessions import SqlSessions

__all__ = ["SqlStore", "open_folder", "open_postgresql", "open_sqlite_file"]


class SqlStore:
    """A store whose parts share one database."""

    def __init__(self, database: Database, artifacts: str, *, uri: str, outbox: Path) -> None:
        self._database = database
        self._is_closed = False
        self.uri = uri
        self.outbox = outbox
        self._files = SqlFiles(database)
        self.artifacts = Artifacts(artifacts, root_of=SqlOwners(database).artifact_uri, records=self._files)
        self.experiments = SqlExperiments(database)
        self.runs = SqlRuns(database, self.artifacts)
        self.metrics = SqlMetrics(database)
        self.sessions = SqlSessions(database)
        self.models = SqlLoggedModels(database)
        self.registry = SqlRegistry(database)
        self.records: RecordStore | None = SqlRecords(database)
        self.purge = SqlPurge(database)

    def change_token(self) -> int:
        return self._database.change_token()

    def seq(self) -> int:
        with self._database.reading() as connection:
            return read_seq(connection)

    def sync(self) -> None:
        self._database.sync()

    def examine(self) -> Iterator[Finding]:
        """Look through the whole database for what is not as it should be."""
        return examine_database(self._database)

    def examine_artifacts(self) -> Iterator[Finding]:
        """Read every artifact that has a checksum, which takes as long as that takes, and compare."""
        return changed_artifacts(self.artifacts, self._files.all())

    def owners_among(self, ids: Sequence[str]) -> Collection[str]:
        """Return those of ``ids`` that are runs or logged models."""
        with self._database.reading() as connection:
            return owners_among(connection, ids)

    def is_there(self) -> bool:
        return not self._is_closed and self._database.is_there()

    def close(self) -> None:
        self._is_closed = True
        self._database.close()


def open_folder(folder: Path, artifacts: str | None = None) -> SqlStore:
    """Open the store in ``folder``, making it if there is none."""
    _make_private_folder(folder)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        _explained_write(ignore, "*\n")
    return _open(folder / "nbtrack.db", artifacts, uri=str(folder))


def open_sqlite_file(file: Path, artifacts: str | None = None, *, uri: str) -> SqlStore:
    """Open the store in a SQLite file; its artifacts and outbox lie in folders beside it."""
    _make_private_folder(file.parent)
    return _open(file, artifacts, uri=uri)


def _open(file: Path, artifacts: str | None, *, uri: str) -> SqlStore:
    folder = file.parent
    place = str(folder / "artifacts") if artifacts is None else check_location(artifacts)
    with suppress(OSError):  # SQLite says what is wrong
        # The files that SQLite puts beside it are for the eyes of those who can read this one.
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    # WAL needs memory shared between the processes, which no network file system gives.
    database = Database(SqliteBackend(file, use_wal=not is_on_network(file.parent)), uri=uri, prepare=ensure_schema)
    try:
        database.make_ready()
    except Exception:
        database.close()
        raise
    return SqlStore(database, place, uri=uri, outbox=folder / "outbox")


def open_postgresql(uri: str, artifacts: str | None = None) -> SqlStore:
    """Open the store in a PostgreSQL database.

    While its server is away what is logged waits, and the tables are made when it is back.
    """
    backend = PostgresqlBackend(uri)
    chosen = artifacts or os.environ.get(ARTIFACT_ROOT_VARIABLE)
    place = check_location(chosen) if chosen else str(user_folder() / "artifacts" / store_digest(backend.place))
    database = Database(backend, uri=uri, prepare=ensure_schema)
    try:
        with suppress(StoreAway):
            database.make_ready()
    except Exception:
        database.close()
        raise
    return SqlStore(database, place, uri=redact(uri), outbox=outbox_folder(backend.place))


def _make_private_folder(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise NotAStore(
            f"{folder} is a file, not an nbtrack store. Open another place with nbtrack.set_tracking_uri()."
        )
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise _cannot_create(folder, error) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise StoreUnavailable(
            f"The store {folder} is not writable. Make it writable, or open another one with "
            "nbtrack.set_tracking_uri(...)."
        )


def _explained_write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise _cannot_create(file, error) from error


def _cannot_create(path: Path, error: OSError) -> StoreUnavailable:
    return StoreUnavailable(
        f"The store can't be made at {path}: {error.strerror}. Choose a writable place with "
        "nbtrack.set_tracking_uri(...) or NBTRACK_TRACKING_URI."
    )
