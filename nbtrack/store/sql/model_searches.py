"""Searching logged models, registered models and their versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import sqlalchemy as sa

from nbtrack.entities import Lifecycle
from nbtrack.store.filters import LOGGED_MODEL_FIELDS, MODEL_VERSION_FIELDS, REGISTERED_MODEL_FIELDS, FieldKind
from nbtrack.store.protocol import Query
from nbtrack.store.sql.conditions import Owned, Searched
from nbtrack.store.sql.ordering import Term
from nbtrack.store.sql.searching import Search, find_page
from nbtrack.store.sql.tables import (
    logged_model_metrics,
    logged_model_params,
    logged_model_tags,
    logged_models,
    model_version_tags,
    model_versions,
    registered_model_tags,
    registered_models,
)

Rows = Sequence[sa.Row[Any]]


def find_logged_models(
    connection: sa.Connection,
    query: Query,
    experiment_ids: Sequence[str],
    datasets: Sequence[tuple[str, str | None]],
) -> tuple[Rows, str | None]:
    """Return one page of active logged models, newest first, and the token of the next.

    With ``datasets`` (names and digests), only what was measured on those counts as a model's metrics, and only models
    that have been are found.
    """
    statement = logged_models.select().where(logged_models.c.lifecycle == Lifecycle.ACTIVE.value)
    if experiment_ids:
        statement = statement.where(logged_models.c.experiment_id.in_(experiment_ids))
    measured = _measured_on(datasets)
    columns = cast("Mapping[str, sa.Column[Any]]", measured.c)  # those of a SELECT are the table's
    if datasets:
        statement = statement.where(logged_models.c.model_id.in_(sa.select(measured.c.model_id)))
    newest_first = (Term(logged_models.c.created_at_ms, is_descending=True), Term(logged_models.c.model_id))
    searched = Searched(
        logged_models,
        LOGGED_MODEL_FIELDS,
        attributes=_LOGGED_MODEL_ATTRIBUTES,
        owned={
            FieldKind.METRIC: Owned(
                measured,
                ((columns["model_id"], logged_models.c.model_id),),
                lambda _: columns["value"],
                columns["key"],
                latest=(columns["at_ms"], columns["step"]),
            ),
            FieldKind.PARAM: _of_model(logged_model_params),
            FieldKind.TAG: _of_model(logged_model_tags),
        },
    )
    return find_page(
        connection, _search(searched, statement, query, newest_first, (list(experiment_ids), list(datasets)))
    )


def find_registered_models(connection: sa.Connection, query: Query) -> tuple[Rows, str | None]:
    """Return one page of registered models, by name, and the token of the next."""
    by_name = (Term(registered_models.c.name),)
    return find_page(connection, _search(_REGISTERED_MODELS, registered_models.select(), query, by_name))


def find_versions(connection: sa.Connection, query: Query) -> tuple[Rows, str | None]:
    """Return one page of model versions, the last changed first, and the token of the next."""
    last_changed_first = (
        Term(model_versions.c.updated_at_ms, is_descending=True),
        Term(model_versions.c.name),
        Term(model_versions.c.version, is_descending=True),
    )
    return find_page(connection, _search(_MODEL_VERSIONS, model_versions.select(), query, last_changed_first))


def _search(
    searched: Searched,
    statement: sa.Select[Any],
    query: Query,
    last: tuple[Term, ...],
    question: tuple[object, ...] = (),
) -> Search:
    return Search(
        searched, statement, query.filter, query.order_by, query.max_results, query.page_token, question, last
    )


def _measured_on(datasets: Sequence[tuple[str, str | None]]) -> sa.FromClause:
    table = logged_model_metrics
    chosen = [
        sa.and_(table.c.dataset_name == name, sa.true() if digest is None else table.c.dataset_digest == digest)
        for name, digest in datasets
    ]
    return table.select().where(sa.or_(*chosen)).subquery() if chosen else table


def _of_model(table: sa.Table) -> Owned:
    return Owned(table, ((table.c.model_id, logged_models.c.model_id),), lambda _: table.c.value, table.c.key)


_LOGGED_MODEL_ATTRIBUTES = {
    "model_id": logged_models.c.model_id,
    "name": logged_models.c.name,
    "model_type": logged_models.c.model_type,
    "status": logged_models.c.status,
    "source_run_id": logged_models.c.run_id,
    "experiment_id": logged_models.c.experiment_id,
    "creation_timestamp": logged_models.c.created_at_ms,
    "last_updated_timestamp": logged_models.c.updated_at_ms,
}
_REGISTERED_MODELS = Searched(
    registered_models,
    REGISTERED_MODEL_FIELDS,
    attributes={
        "name": registered_models.c.name,
        "creation_timestamp": registered_models.c.created_at_ms,
        "last_updated_timestamp": registered_models.c.updated_at_ms,
    },
    owned={
        FieldKind.TAG: Owned(
            registered_model_tags,
            ((registered_model_tags.c.name, registered_models.c.name),),
            lambda _: registered_model_tags.c.value,
            registered_model_tags.c.key,
        )
    },
)
_MODEL_VERSIONS = Searched(
    model_versions,
    MODEL_VERSION_FIELDS,
    attributes={
        "name": model_versions.c.name,
        "run_id": model_versions.c.run_id,
        "source_path": model_versions.c.source,
        "version_number": model_versions.c.version,
        "creation_timestamp": model_versions.c.created_at_ms,
        "last_updated_timestamp": model_versions.c.updated_at_ms,
    },
    owned={
        FieldKind.TAG: Owned(
            model_version_tags,
            (
                (model_version_tags.c.name, model_versions.c.name),
                (model_version_tags.c.version, model_versions.c.version),
            ),
            lambda _: model_version_tags.c.value,
            model_version_tags.c.key,
        )
    },
)
