"""Pointing an alias to a version that is good enough, and keeping who did so, when, why, and what was measured.

What is kept is a tag of the version: it goes wherever the version goes, to servers and other stores too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from nbtrack.entities import ModelMetric, ModelVersion, json_number
from nbtrack.entities import tags as tag_names
from nbtrack.errors import ModelNotFound, PromotionRefused
from nbtrack.registry.gate import Finding, Measured, Threshold
from nbtrack.store import Store


@dataclass(frozen=True)
class Promotion:
    """An alias that was pointed to a version: who did so, when (milliseconds since the epoch), and why.

    ``previous`` is the version that the alias pointed to before. ``findings`` hold what was required beside what was
    measured; without any, nothing was required.
    """

    name: str
    version: str
    alias: str
    at_ms: int
    user: str
    reason: str = ""
    previous: str | None = None
    findings: tuple[Finding, ...] = ()


def promote(
    found: ModelVersion,
    alias: str,
    store: Store,
    *,
    gate: Sequence[Threshold],
    at_ms: int,
    user: str,
    reason: str = "",
    run_id: str | None = None,
    dataset: str | None = None,
) -> Promotion:
    """Point an alias to a version that meets all of a gate.

    Parameters
    ----------
    run_id, dataset
        As of ``measured_of``.

    Raises
    ------
    PromotionRefused
        It does not; nothing is changed.
    """
    measured = measured_of(found, store, run_id=run_id, dataset=dataset) if gate else {}
    findings = tuple(threshold.judge(measured) for threshold in gate)
    if not all(finding.is_met for finding in findings):
        raise PromotionRefused(found.name, found.version, alias, tuple(map(str, findings)))
    previous = store.registry.get(found.name).aliases.get(alias)
    made = Promotion(found.name, found.version, alias, at_ms, user, reason, previous, findings)
    tags = {f"{tag_names.PROMOTION}{alias}.{at_ms}": _text(made)}
    store.registry.set_alias(found.name, alias, found.version, at_ms=at_ms, tags=tags)
    return made


def promotions_of(name: str, store: Store) -> Sequence[Promotion]:
    """Return the promotions of a registered model's versions, the newest first; those of deleted ones are gone."""
    made = [
        promotion
        for version in store.registry.get(name).versions
        for key, text in version.tags.items()
        if key.startswith(tag_names.PROMOTION) and (promotion := _read(version, text)) is not None
    ]
    return sorted(made, key=lambda promotion: promotion.at_ms, reverse=True)


def measured_of(
    version: ModelVersion, store: Store, *, run_id: str | None = None, dataset: str | None = None
) -> Mapping[str, Measured]:
    """Return what was measured of a version, the newest value of each metric.

    These are the metrics of its logged model, which evaluating it gives it; where there are none, those of a run.

    Parameters
    ----------
    run_id
        Only what this run measured. Default: any run; where the model has no metrics, those of the run it came from.
    dataset
        Only what was measured on the dataset of this name.

    Raises
    ------
    RunNotFound
        There is no such run.
    """
    run = None if run_id is None else store.runs.get(run_id)
    points = points_of(version, store)
    measured = {
        point.key: Measured(point.value, point.run_id or "", point.dataset_name)
        for point in sorted(points, key=lambda point: (point.timestamp, point.step))
        if run_id in (None, point.run_id) and dataset in (None, point.dataset_name)
    }
    if measured or dataset is not None or (run is None and (points or version.run_id is None)):
        return measured
    run = run or store.runs.get(str(version.run_id))
    return {key: Measured(value, run.info.run_id) for key, value in run.data.metrics.items()}


def points_of(version: ModelVersion, store: Store) -> Sequence[ModelMetric]:
    """Return what was measured of a version's logged model; nothing of one that is gone, which the version outlives."""
    if version.model_id is None:
        return ()
    try:
        return store.models.get(version.model_id).metrics
    except ModelNotFound:
        return ()


@dataclass(frozen=True)
class _WrittenFinding:
    """A finding as JSON can hold it: a number that is none is text there."""

    requirement: str
    is_met: bool
    value: float | str | None = None
    run_id: str | None = None
    dataset: str | None = None
    detail: str = ""


@dataclass(frozen=True)
class _Written:
    """What the tag holds; name and version are those that the tag is of, which may be others elsewhere."""

    alias: str
    at_ms: int
    user: str
    reason: str = ""
    previous: str | None = None
    findings: tuple[_WrittenFinding, ...] = ()


def _text(promotion: Promotion) -> str:
    findings = tuple(
        _WrittenFinding(
            each.requirement,
            each.is_met,
            None if each.value is None else json_number(each.value),
            each.run_id,
            each.dataset,
            each.detail,
        )
        for each in promotion.findings
    )
    written = _Written(promotion.alias, promotion.at_ms, promotion.user, promotion.reason, promotion.previous, findings)
    return msgspec.json.encode(written).decode()


def _read(version: ModelVersion, text: str) -> Promotion | None:
    """Read a tag; None for one that somebody else wrote."""
    try:
        written = msgspec.json.decode(text, type=_Written)
        findings = tuple(
            Finding(
                each.requirement,
                each.is_met,
                None if each.value is None else float(each.value),
                each.run_id,
                each.dataset,
                each.detail,
            )
            for each in written.findings
        )
    except ValueError:
        return None
    return Promotion(
        version.name,
        version.version,
        written.alias,
        written.at_ms,
        written.user,
        written.reason,
        written.previous,
        findings,
    )
