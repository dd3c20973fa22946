"""Registered models: names with tags and aliases over versions."""

from __future__ import annotations

import builtins
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from nbtrack.entities import ModelVersion, RegisteredModel, Stage
from nbtrack.errors import AlreadyExists, ModelNotFound
from nbtrack.limits import check_alias, check_model_name
from nbtrack.store.protocol import NewVersion, Page, Query
from nbtrack.store.sql import model_versions
from nbtrack.store.sql.database import Database, bump_seq
from nbtrack.store.sql.key_values import delete_tag, read_values, set_tags
from nbtrack.store.sql.membership import one_of
from nbtrack.store.sql.model_searches import find_registered_models, find_versions
from nbtrack.store.sql.tables import model_aliases, registered_model_tags, registered_models


class SqlRegistry:
    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, name: str, *, at_ms: int, tags: Mapping[str, str] = {}, description: str = "") -> None:
        """Make a registered model that has no version yet."""
        check_model_name(name)
        with self._database.transaction() as connection:
            try:
                connection.execute(registered_models.insert().values(_row(name, at_ms, description)))
            except IntegrityError:
                raise _taken(name) from None
            set_tags(connection, registered_model_tags, {"name": name}, tags)
            bump_seq(connection)

    def get(self, name: str) -> RegisteredModel:
        found = self._select(registered_models.c.name == name)
        if not found:
            raise self._missing(name)
        return found[0]

    def list(self) -> Sequence[RegisteredModel]:
        return self._select(sa.true())

    def search(self, query: Query) -> Page[RegisteredModel]:
        """Find registered models, by name unless the query says otherwise."""
        with self._database.reading() as connection:
            rows, token = find_registered_models(connection, query)
            return Page(tuple(whole_models(connection, rows)), token)

    def rename(self, name: str, new_name: str, *, at_ms: int) -> None:
        """Rename a model; its versions, tags and aliases go with it."""
        check_model_name(new_name)
        with self._database.transaction() as connection:
            try:
                self._change(connection, name, at_ms, name=new_name)
            except IntegrityError:
                raise _taken(new_name) from None

    def describe(self, name: str, description: str, *, at_ms: int) -> None:
        with self._database.transaction() as connection:
            self._change(connection, name, at_ms, description=description)

    def delete(self, name: str) -> None:
        """Delete a registered model and its versions; the models' files stay where they are."""
        with self._database.transaction() as connection:
            if connection.execute(registered_models.delete().where(registered_models.c.name == name)).rowcount == 0:
                raise self._missing(name)
            bump_seq(connection)

    def set_tags(self, name: str, tags: Mapping[str, str], *, at_ms: int) -> None:
        with self._database.transaction() as connection:
            self._change(connection, name, at_ms)
            set_tags(connection, registered_model_tags, {"name": name}, tags)

    def delete_tag(self, name: str, key: str, *, at_ms: int) -> None:
        with self._database.transaction() as connection:
            self._change(connection, name, at_ms)
            delete_tag(connection, registered_model_tags, {"name": name}, key, of=f"registered model {name!r}")

    def set_alias(self, name: str, alias: str, version: str, *, at_ms: int, tags: Mapping[str, str] = {}) -> None:
        """Point an alias to a version, away from the one that it pointed to, and tag that version, both or neither."""
        check_alias(alias)
        with self._database.transaction() as connection:
            self._change(connection, name, at_ms)
            found = model_versions.find(connection, name, version, uri=self._database.uri)
            _drop_alias(connection, name, alias)
            connection.execute(model_aliases.insert().values(name=name, alias=alias, version=int(found.version)))
            model_versions.tag(connection, found, tags)

    def delete_alias(self, name: str, alias: str, *, at_ms: int) -> None:
        """Take an alias away; one that is not there changes nothing."""
        with self._database.transaction() as connection:
            self._change(connection, name, at_ms)
            _drop_alias(connection, name, alias)

    def create_version(self, new: NewVersion) -> ModelVersion:
        """Register a model's next version, making the registered model at its first."""
        check_model_name(new.name)
        with self._database.transaction() as connection:
            known = connection.execute(
                registered_models.update()
                .where(registered_models.c.name == new.name)
                .values(updated_at_ms=new.created_at_ms, last_version=registered_models.c.last_version + 1)
                .returning(registered_models.c.last_version)
            ).scalar()
            if known is None:
                row = _row(new.name, new.created_at_ms, "") | {"last_version": 1}
                connection.execute(registered_models.insert().values(row))
            number = known or 1
            model_versions.insert(connection, new, number)
            bump_seq(connection)
            return model_versions.find(connection, new.name, str(number), uri=self._database.uri)

    def get_version(self, name: str, version: str) -> ModelVersion:
        with self._database.reading() as connection:
            return model_versions.find(connection, name, version, uri=self._database.uri)

    def version_by_alias(self, name: str, alias: str) -> ModelVersion:
        with self._database.reading() as connection:
            chosen = sa.and_(model_aliases.c.name == name, model_aliases.c.alias == alias)
            number = connection.scalar(sa.select(model_aliases.c.version).where(chosen))
            if number is not None:
                return model_versions.find(connection, name, str(number), uri=self._database.uri)
        known = self.get(name).aliases
        has = f"it has {', '.join(sorted(known))}" if known else "it has none"
        raise ModelNotFound(f"Registered model {name!r} has no alias {alias!r}; {has}.")

    def versions_of(self, source_prefix: str) -> Sequence[ModelVersion]:
        """Return the versions whose source URI starts with ``source_prefix``."""
        with self._database.reading() as connection:
            return model_versions.read(connection, model_versions.starts_with(source_prefix))

    def search_versions(self, query: Query) -> Page[ModelVersion]:
        """Find versions of all models, the last changed first unless the query says otherwise."""
        with self._database.reading() as connection:
            rows, token = find_versions(connection, query)
            return Page(tuple(model_versions.whole(connection, rows)), token)

    def describe_version(self, name: str, version: str, description: str, *, at_ms: int) -> None:
        with self._database.transaction() as connection:
            self._change(connection, name, at_ms)
            found = model_versions.find(connection, name, version, uri=self._database.uri)
            model_versions.change(connection, found, at_ms, description=description)

    def set_stage(self, name: str, version: str, stage: Stage, *, at_ms: int, archive_others: bool = False) -> None:
        """Move a version to a stage, and, if wanted, those that were there to the archive."""
        with self._database.transaction() as connection:
            self._change(connection, name, at_ms)
            found = model_versions.find(connection, name, version, uri=self._database.uri)
            if archive_others:
                model_versions.archive(connection, name, stage, at_ms)
            model_versions.change(connection, found, at_ms, stage=stage.value)

    def set_version_tags(self, name: str, version: str, tags: Mapping[str, str], *, at_ms: int) -> None:
        with self._database.transaction() as connection:
            self._change(connection, name, at_ms)
            found = model_versions.find(connection, name, version, uri=self._database.uri)
            model_versions.tag(connection, found, tags)

    def delete_version_tag(self, name: str, version: str, key: str, *, at_ms: int) -> None:
        with self._database.transaction() as connection:
            self._change(connection, name, at_ms)
            found = model_versions.find(connection, name, version, uri=self._database.uri)
            model_versions.untag(connection, found, key)

    def delete_version(self, name: str, version: str, *, at_ms: int) -> None:
        """Delete a version and the aliases that point to it; its number is not given again."""
        with self._database.transaction() as connection:
            self._change(connection, name, at_ms)
            model_versions.delete(connection, model_versions.find(connection, name, version, uri=self._database.uri))

    def _change(self, connection: sa.Connection, known: str, at_ms: int, **values: str) -> None:
        changed = registered_models.update().where(registered_models.c.name == known)
        if connection.execute(changed.values(updated_at_ms=at_ms, **values)).rowcount == 0:
            raise self._missing(known)
        bump_seq(connection)

    def _missing(self, name: str) -> ModelNotFound:
        return ModelNotFound(
            f"No registered model {name!r} in {self._database.uri}. "
            f"nbtrack.register_model('runs:/RUN_ID/model', {name!r}) makes it."
        )

    def _select(self, chosen: sa.ColumnElement[bool]) -> builtins.list[RegisteredModel]:
        with self._database.reading() as connection:
            newest_first = (registered_models.c.updated_at_ms.desc(), registered_models.c.name)
            rows = connection.execute(registered_models.select().where(chosen).order_by(*newest_first)).all()
            return whole_models(connection, rows)


def whole_models(connection: sa.Connection, rows: Sequence[sa.Row[Any]]) -> list[RegisteredModel]:
    """Make registered models, with all that they carry, from their rows, in the order of those."""
    names = [row.name for row in rows]
    tags = read_values(connection, registered_model_tags, one_of(registered_model_tags.c.name, names))
    versions: dict[str, list[ModelVersion]] = {}
    for version in model_versions.read(connection, model_versions.named(names)):
        versions.setdefault(version.name, []).append(version)
    return [
        RegisteredModel(
            name=row.name,
            creation_timestamp=row.created_at_ms,
            last_updated_timestamp=row.updated_at_ms,
            description=row.description,
            versions=tuple(versions.get(row.name, ())),
            tags=tags.get(row.name, {}),
            aliases={alias: version.version for version in versions.get(row.name, ()) for alias in version.aliases},
        )
        for row in rows
    ]


def _row(name: str, at_ms: int, description: str) -> dict[str, str | int]:
    return {
        "name": name,
        "description": description,
        "created_at_ms": at_ms,
        "updated_at_ms": at_ms,
        "last_version": 0,
    }


def _drop_alias(connection: sa.Connection, name: str, alias: str) -> None:
    chosen = sa.and_(model_aliases.c.name == name, model_aliases.c.alias == alias)
    connection.execute(model_aliases.delete().where(chosen))


def _taken(name: str) -> AlreadyExists:
    return AlreadyExists(
        f"A registered model is called {name!r} already. Choose another name, or make a version of it."
    )
