"""Tables of keys and values that belong to something: tags and params of experiments, models and versions."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from nbtrack.errors import NotFound
from nbtrack.limits import check_key, check_value
from nbtrack.store.sql.upserts import Upsert, replacing

Owner = Mapping[str, str | int]
"""Columns and values that name what the keys belong to."""


def set_tags(connection: sa.Connection, table: sa.Table, owner: Owner, tags: Mapping[str, str]) -> None:
    """Write tags, in place of old ones of the same key."""
    rows = [
        {**owner, "key": check_key(key, "tag"), "value": check_value(value, "tag", key)} for key, value in tags.items()
    ]
    if rows:
        connection.execute(_upsert(table).on(connection), rows)


def delete_tag(connection: sa.Connection, table: sa.Table, owner: Owner, key: str, *, of: str) -> None:
    """Delete a tag; ``of`` names its owner in the message.

    Raises
    ------
    NotFound
        There is none of this key.
    """
    deletion = table.delete().where(table.c.key == key, *(table.c[name] == value for name, value in owner.items()))
    if connection.execute(deletion).rowcount == 0:
        raise NotFound(f"There is no tag {key!r} of {of}.")


def read_values(
    connection: sa.Connection, table: sa.Table, chosen: sa.ColumnElement[bool]
) -> dict[Any, dict[str, Any]]:
    """Read ``{owner: {key: value}}``; an owner that several columns name is a tuple."""
    owner = [column for column in table.primary_key if column.name != "key"]
    found: dict[Any, dict[str, Any]] = {}
    for *of, key, value in connection.execute(
        sa.select(*owner, table.c.key, table.c.value).where(chosen).order_by(table.c.key)
    ):
        found.setdefault(of[0] if len(of) == 1 else tuple(of), {})[key] = value
    return found


@functools.cache
def _upsert(table: sa.Table) -> Upsert:
    return Upsert(table, [column.name for column in table.primary_key], replacing("value"))
