"""The rows of model versions, within the transactions of the registry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from nbtrack.entities import ModelStatus, ModelVersion, Stage
from nbtrack.errors import ModelNotFound
from nbtrack.store.protocol import NewVersion
from nbtrack.store.sql.key_values import Owner, delete_tag, read_values, set_tags
from nbtrack.store.sql.membership import one_of
from nbtrack.store.sql.tables import model_aliases, model_version_tags, model_versions


def insert(connection: sa.Connection, new: NewVersion, number: int) -> None:
    """Write a new version's row and tags."""
    connection.execute(
        model_versions.insert().values(
            name=new.name,
            version=number,
            source=new.source,
            run_id=new.run_id,
            model_id=new.model_id,
            run_link=new.run_link,
            user=new.user,
            created_at_ms=new.created_at_ms,
            updated_at_ms=new.created_at_ms,
            description=new.description,
            stage=Stage.NONE.value,
            status=ModelStatus.READY.value,
            status_message="",
        )
    )
    set_tags(connection, model_version_tags, {"name": new.name, "version": number}, new.tags)


def write(connection: sa.Connection, version: ModelVersion, number: int) -> None:
    """Write a version as another store knows it, under a number that is free; its aliases stay out."""
    new = NewVersion(
        name=version.name,
        source=version.source,
        created_at_ms=version.creation_timestamp,
        run_id=version.run_id,
        model_id=version.model_id,
        run_link=version.run_link,
        user=version.user_id,
        description=version.description,
        tags=version.tags,
    )
    insert(connection, new, number)
    change(
        connection,
        replace(version, version=str(number)),
        version.last_updated_timestamp,
        stage=version.current_stage.value,
        status=version.status.value,
        status_message=version.status_message,
    )


def find(connection: sa.Connection, name: str, version: str, *, uri: str) -> ModelVersion:
    """Read one version.

    Raises
    ------
    ModelNotFound
        Saying which versions there are.
    """
    # As text: the version comes from a URI, and may be any.
    numbered = sa.and_(model_versions.c.name == name, sa.cast(model_versions.c.version, sa.Text) == version)
    found = read(connection, numbered)
    if found:
        return found[0]
    numbers = connection.scalars(
        sa.select(model_versions.c.version).where(model_versions.c.name == name).order_by(model_versions.c.version)
    ).all()
    if not numbers:
        raise ModelNotFound(
            f"There is no version of a registered model {name!r} in {uri}. "
            f"nbtrack.register_model('runs:/RUN_ID/model', {name!r}) makes one."
        )
    has = ", ".join(map(str, numbers))
    raise ModelNotFound(f"Registered model {name!r} has no version {version!r}; it has {has}.")


def read(connection: sa.Connection, chosen: sa.ColumnElement[bool]) -> list[ModelVersion]:
    """Read versions, the newest first."""
    newest_first = (model_versions.c.name, model_versions.c.version.desc())
    return whole(connection, connection.execute(model_versions.select().where(chosen).order_by(*newest_first)).all())


def whole(connection: sa.Connection, rows: Sequence[sa.Row[Any]]) -> list[ModelVersion]:
    """Make versions, with tags and aliases, from their rows, in the order of those."""
    names = list({row.name for row in rows})
    tags = read_values(connection, model_version_tags, one_of(model_version_tags.c.name, names))
    aliases: dict[tuple[str, int], list[str]] = {}
    of_names = model_aliases.select().where(one_of(model_aliases.c.name, names)).order_by(model_aliases.c.alias)
    for alias in connection.execute(of_names):
        aliases.setdefault((alias.name, alias.version), []).append(alias.alias)
    return [
        ModelVersion(
            name=row.name,
            version=str(row.version),
            source=row.source,
            run_id=row.run_id,
            creation_timestamp=row.created_at_ms,
            description=row.description,
            last_updated_timestamp=row.updated_at_ms,
            user_id=row.user,
            run_link=row.run_link,
            model_id=row.model_id,
            current_stage=Stage(row.stage),
            status=ModelStatus(row.status),
            status_message=row.status_message,
            tags=tags.get((row.name, row.version), {}),
            aliases=tuple(aliases.get((row.name, row.version), ())),
        )
        for row in rows
    ]


def starts_with(source_prefix: str) -> sa.ColumnElement[bool]:
    return model_versions.c.source.startswith(source_prefix, autoescape=True)


def named(names: Sequence[str]) -> sa.ColumnElement[bool]:
    return one_of(model_versions.c.name, names)


def change(connection: sa.Connection, version: ModelVersion, at_ms: int, **values: str) -> None:
    changed = model_versions.update().where(_is(version)).values(updated_at_ms=at_ms, **values)
    connection.execute(changed)


def archive(connection: sa.Connection, name: str, stage: Stage, at_ms: int) -> None:
    """Move all versions of a model that are at ``stage`` to the archive."""
    there = sa.and_(model_versions.c.name == name, model_versions.c.stage == stage.value)
    archived = model_versions.update().where(there).values(stage=Stage.ARCHIVED.value, updated_at_ms=at_ms)
    connection.execute(archived)


def tag(connection: sa.Connection, version: ModelVersion, tags: Mapping[str, str]) -> None:
    set_tags(connection, model_version_tags, _owner(version), tags)


def untag(connection: sa.Connection, version: ModelVersion, key: str) -> None:
    of = f"version {version.version} of {version.name!r}"
    delete_tag(connection, model_version_tags, _owner(version), key, of=of)


def delete(connection: sa.Connection, version: ModelVersion) -> None:
    connection.execute(model_versions.delete().where(_is(version)))


def _is(version: ModelVersion) -> sa.ColumnElement[bool]:
    return sa.and_(model_versions.c.name == version.name, model_versions.c.version == int(version.version))


def _owner(version: ModelVersion) -> Owner:
    return {"name": version.name, "version": int(version.version)}
