"""Deleting and restoring, as rows have it."""

from __future__ import annotations

import sqlalchemy as sa

from nbtrack.clock import now_ms
from nbtrack.entities import Lifecycle
from nbtrack.store.sql.tables import runs


def lifecycle_columns(lifecycle: Lifecycle) -> dict[str, str | int | None]:
    """Return what a run or an experiment has of its lifecycle, from now on."""
    deleted_at_ms = now_ms() if lifecycle is Lifecycle.DELETED else None
    return {"lifecycle": lifecycle.value, "deleted_at_ms": deleted_at_ms}


def move_runs(connection: sa.Connection, chosen: sa.ColumnElement[bool], lifecycle: Lifecycle, *, seq: int) -> None:
    """Delete runs, or restore them, except those that are being deleted for good."""
    changed = runs.update().where(chosen, runs.c.lifecycle != lifecycle.value, runs.c.purge_began_at_ms.is_(None))
    connection.execute(changed.values(seq=seq, **lifecycle_columns(lifecycle)))
