from __future__ import annotations

import sqlalchemy as sa

from nbtrack.store.sql.database import Database
from nbtrack.store.sql.tables import logged_models, runs


class SqlOwners:
    """Where the artifacts of runs and logged models lie."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def artifact_uri(self, owner_id: str) -> str | None:
        """Return what is recorded; None: the store's own place for them.

        Raises
        ------
        KeyError
            The owner is not recorded.
        """
        with self._database.reading() as connection:
            row = connection.execute(_URI, {"wanted": owner_id}).first()
        if row is None:
            raise KeyError(owner_id)
        uri: str | None = row.artifact_uri
        return uri


_WANTED: sa.BindParameter[str] = sa.bindparam("wanted")
_URI = sa.union_all(
    sa.select(runs.c.artifact_uri).where(runs.c.run_id == _WANTED),
    sa.select(logged_models.c.artifact_uri).where(logged_models.c.model_id == _WANTED),
)
