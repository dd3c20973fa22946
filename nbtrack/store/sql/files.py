from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import sqlalchemy as sa

from nbtrack.entities import StoredFile
from nbtrack.store.sql.database import Database
from nbtrack.store.sql.tables import artifact_files
from nbtrack.store.sql.upserts import New, Upsert

_COLUMNS = artifact_files.c


class SqlFiles:
    """What is recorded of stored artifacts, by owner and path."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, owner_id: str, path: str = "") -> Mapping[str, StoredFile]:
        wanted = sa.select(_COLUMNS.path, _COLUMNS.size_bytes, _COLUMNS.digest, _COLUMNS.stored_at_ms)
        with self._database.reading() as connection:
            rows = connection.execute(wanted.where(*_at(owner_id, path)))
            return {row.path: StoredFile(*row) for row in rows}

    def all(self) -> Iterator[tuple[str, Sequence[str]]]:
        """Give each owner of recorded files with the paths of those."""
        with self._database.reading() as connection:
            owners = connection.scalars(sa.select(_COLUMNS.owner_id).distinct().order_by(_COLUMNS.owner_id)).all()
        return ((owner_id, sorted(self.of(owner_id))) for owner_id in owners)

    def record(self, owner_id: str, files: Sequence[StoredFile]) -> None:
        with self._database.transaction() as connection:
            write_files(connection, owner_id, files)

    def forget(self, owner_id: str, path: str = "") -> None:
        with self._database.transaction() as connection:
            connection.execute(artifact_files.delete().where(*_at(owner_id, path)))


def write_files(connection: sa.Connection, owner_id: str, files: Iterable[StoredFile]) -> None:
    """Record files, each once; what was stored later stays, whatever the order in which it is told."""
    latest: dict[str, StoredFile] = {}
    for file in files:
        if file.path not in latest or latest[file.path].stored_at_ms <= file.stored_at_ms:
            latest[file.path] = file
    if latest:
        rows = [{"owner_id": owner_id, **vars(file)} for file in latest.values()]
        connection.execute(_UPSERT.on(connection), rows)


def _at(owner_id: str, path: str) -> list[sa.ColumnElement[bool]]:
    of_owner = _COLUMNS.owner_id == owner_id
    if not path:
        return [of_owner]
    # Not LIKE, which takes letters of either case for equal in one database, nor a range, which has an order of words
    # in the other.
    below = sa.func.substr(_COLUMNS.path, 1, len(path) + 1) == f"{path}/"
    return [of_owner, sa.or_(_COLUMNS.path == path, below)]


def _later_wins(new: New) -> dict[str, sa.ColumnElement[object]]:
    is_later = new.stored_at_ms >= _COLUMNS.stored_at_ms
    return {name: sa.case((is_later, new[name]), else_=_COLUMNS[name]) for name in _CHANGING}


_CHANGING = ("size_bytes", "digest", "stored_at_ms")
_UPSERT = Upsert(artifact_files, ["owner_id", "path"], _later_wins)
