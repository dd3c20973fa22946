"""A registered model, or one of its versions, with all that is known of it."""

from __future__ import annotations

from collections.abc import Sequence

from nbtrack import clock
from nbtrack.cli.amounts import ago, moment
from nbtrack.cli.lookup import SHORT_ID
from nbtrack.cli.model_documents import model_metric_document, registered_model_document, version_document
from nbtrack.cli.output import print_heading, print_json, print_pairs, print_table
from nbtrack.cli.table import Column
from nbtrack.entities import ModelMetric, ModelVersion, RegisteredModel, Stage, format_number
from nbtrack.entities import tags as tag_names
from nbtrack.registry import Promotion, points_of
from nbtrack.store import Store


def show_model(model: RegisteredModel, *, as_json: bool) -> None:
    if as_json:
        print_json(registered_model_document(model))
        return
    pairs = {
        "Name": model.name,
        "Description": model.description,
        "Made": moment(model.creation_timestamp),
        "Changed": moment(model.last_updated_timestamp),
    }
    print_pairs({name: value for name, value in pairs.items() if value})
    if model.tags:
        print_heading("Tags")
        print_pairs(model.tags)
    if model.versions:
        print_heading("Versions")
        print_versions(model.versions)


def print_versions(versions: Sequence[ModelVersion]) -> None:
    now_ms = clock.now_ms()
    print_table(
        [Column("VERSION", is_number=True), "ALIASES", "RUN", "MADE", "DESCRIPTION"],
        [
            (
                version.version,
                ", ".join(version.aliases),
                (version.run_id or "")[:SHORT_ID],
                ago(version.creation_timestamp, now_ms=now_ms),
                version.description,
            )
            for version in versions
        ],
    )


def show_version(store: Store, version: ModelVersion, *, as_json: bool) -> None:
    metrics = points_of(version, store)
    if as_json:
        print_json({**version_document(version), "metrics": [model_metric_document(each) for each in metrics]})
        return
    known = {
        "Name": version.name,
        "Version": version.version,
        "Aliases": ", ".join(version.aliases),
        "Stage": "" if version.current_stage is Stage.NONE else version.current_stage.value,
        "Description": version.description,
        "Source": version.source,
        "Run": version.run_id or "",
        "Model": version.model_id or "",
        "User": version.user_id,
        "Made": moment(version.creation_timestamp),
    }
    print_pairs({name: value for name, value in known.items() if value})
    tags = {key: value for key, value in version.tags.items() if not key.startswith(tag_names.PROMOTION)}
    if tags:
        print_heading("Tags")
        print_pairs(tags)
    if metrics:
        print_heading("Metrics")
        _print_metrics(metrics)


def print_promotions(promotions: Sequence[Promotion]) -> None:
    now_ms = clock.now_ms()
    print_table(
        ["WHEN", "ALIAS", Column("VERSION", is_number=True), "BEFORE", "WHO", "WHY", "REQUIRED"],
        [
            (
                ago(each.at_ms, now_ms=now_ms),
                each.alias,
                each.version,
                each.previous or "-",
                each.user,
                each.reason,
                "; ".join(map(str, each.findings)) or "nothing",
            )
            for each in promotions
        ],
    )


def _print_metrics(metrics: Sequence[ModelMetric]) -> None:
    print_table(
        ["KEY", Column("VALUE", is_number=True), "DATA", "RUN"],
        [
            (each.key, format_number(each.value), each.dataset_name or "", (each.run_id or "")[:SHORT_ID])
            for each in sorted(metrics, key=lambda each: (each.key, each.timestamp))
        ],
    )
