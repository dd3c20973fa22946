from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from nbtrack.entities import ModelVersion, RegisteredModel
from nbtrack.errors import InvalidName, ModelNotFound
from nbtrack.limits import check_name
from nbtrack.store.sql.database import Database, bump_seq
from nbtrack.store.sql.tables import model_versions, registered_models
from nbtrack.store.sql.upserts import Upsert, replacing


class SqlRegistry:
    def __init__(self, database: Database) -> None:
        self._database = database

    def create_version(self, name: str, *, source: str, run_id: str | None, at_ms: int) -> ModelVersion:
        """Register a model's next version, making the registered model at its first."""
        check_name(name, "registered model")
        if "/" in name or ":" in name:
            raise InvalidName(f"The name {name!r} can't be used: '/' and ':' have a meaning in models:/NAME/VERSION.")
        created = {"name": name, "description": "", "created_at_ms": at_ms, "updated_at_ms": at_ms}
        with self._database.transaction() as connection:
            connection.execute(_UPSERT_MODEL.on(connection), created)
            of_name = model_versions.c.name == name
            latest = connection.scalar(sa.select(sa.func.max(model_versions.c.version)).where(of_name))
            version = (latest or 0) + 1
            connection.execute(
                model_versions.insert().values(
                    name=name,
                    version=version,
                    source=source,
                    run_id=run_id,
                    created_at_ms=at_ms,
                    description="",
                )
            )
            bump_seq(connection)
        return ModelVersion(name, str(version), source, run_id, at_ms)

    def get(self, name: str) -> RegisteredModel:
        found = self._select(registered_models.c.name == name)
        if not found:
            raise ModelNotFound(
                f"No registered model {name!r} in {self._database.uri}. "
                f"nbtrack.register_model('runs:/RUN_ID/model', {name!r}) makes it."
            )
        return found[0]

    def get_version(self, name: str, version: str) -> ModelVersion:
        versions = {found.version: found for found in self.get(name).versions}
        if version not in versions:
            raise ModelNotFound(
                f"Registered model {name!r} has no version {version!r}; it has {', '.join(versions) or 'none'}."
            )
        return versions[version]

    def list(self) -> Sequence[RegisteredModel]:
        return self._select(sa.true())

    def versions_of(self, source_prefix: str) -> Sequence[ModelVersion]:
        """Return the versions whose source URI starts with ``source_prefix``."""
        chosen = model_versions.c.source.startswith(source_prefix, autoescape=True)
        with self._database.reading() as connection:
            return [_version(row) for row in connection.execute(model_versions.select().where(chosen))]

    def _select(self, chosen: sa.ColumnElement[bool]) -> Sequence[RegisteredModel]:
        with self._database.reading() as connection:
            rows = connection.execute(
                registered_models.select().where(chosen).order_by(registered_models.c.updated_at_ms.desc())
            ).all()
            in_names = model_versions.c.name.in_([row.name for row in rows])
            newest_first = model_versions.select().where(in_names).order_by(model_versions.c.version.desc())
            versions: dict[str, list[ModelVersion]] = {}
            for row in connection.execute(newest_first):
                versions.setdefault(row.name, []).append(_version(row))
        return [
            RegisteredModel(
                name=row.name,
                creation_timestamp=row.created_at_ms,
                last_updated_timestamp=row.updated_at_ms,
                description=row.description,
                versions=tuple(versions.get(row.name, ())),
            )
            for row in rows
        ]


_UPSERT_MODEL = Upsert(registered_models, ["name"], replacing("updated_at_ms"))


def _version(row: sa.Row[tuple[object, ...]]) -> ModelVersion:
    return ModelVersion(row.name, str(row.version), row.source, row.run_id, row.created_at_ms, row.description)
