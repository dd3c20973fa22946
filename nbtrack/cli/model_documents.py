"""What ``nbtrack models ... --json`` prints, under the names that the Python API has."""

from __future__ import annotations

from nbtrack.cli.documents import Document
from nbtrack.entities import ModelMetric, ModelVersion, RegisteredModel
from nbtrack.registry import Finding, Promotion


def registered_model_document(model: RegisteredModel) -> Document:
    """Times are milliseconds since the epoch; the newest version comes first."""
    return {
        "name": model.name,
        "description": model.description,
        "creation_timestamp": model.creation_timestamp,
        "last_updated_timestamp": model.last_updated_timestamp,
        "tags": dict(model.tags),
        "aliases": dict(model.aliases),
        "versions": [version_document(version) for version in model.versions],
    }


def version_document(version: ModelVersion) -> Document:
    return {
        "name": version.name,
        "version": version.version,
        "source": version.source,
        "run_id": version.run_id,
        "model_id": version.model_id,
        "description": version.description,
        "user_id": version.user_id,
        "creation_timestamp": version.creation_timestamp,
        "last_updated_timestamp": version.last_updated_timestamp,
        "current_stage": version.current_stage.value,
        "status": version.status.value,
        "tags": dict(version.tags),
        "aliases": list(version.aliases),
    }


def model_metric_document(metric: ModelMetric) -> Document:
    return {
        "key": metric.key,
        "value": metric.value,
        "step": metric.step,
        "timestamp": metric.timestamp,
        "run_id": metric.run_id,
        "dataset_name": metric.dataset_name,
        "dataset_digest": metric.dataset_digest,
    }


def promotion_document(promotion: Promotion) -> Document:
    return {
        "name": promotion.name,
        "version": promotion.version,
        "alias": promotion.alias,
        "at_ms": promotion.at_ms,
        "user": promotion.user,
        "reason": promotion.reason,
        "previous": promotion.previous,
        "findings": [_finding_document(finding) for finding in promotion.findings],
    }


def _finding_document(finding: Finding) -> Document:
    return {
        "requirement": finding.requirement,
        "is_met": finding.is_met,
        "value": finding.value,
        "run_id": finding.run_id,
        "dataset": finding.dataset,
        "detail": finding.detail,
    }
