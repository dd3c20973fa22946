"""What MLflow's servers can't keep as it is. They refuse some of it, and cut the rest without a word."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from nbtrack.entities import Batch, ModelMetric
from nbtrack.errors import InvalidName

MAX_PARAM_LENGTH = 6000
MAX_TAG_LENGTH = 8000
MAX_DIGEST_LENGTH = 36
# What MLflow takes for a key; '.' alone, or between slashes, is a folder to it.
_KEY = re.compile(r"[/\w.\- :]+")


def check_key(key: str, kind: str) -> None:
    """Refuse a key that MLflow's servers refuse."""
    parts = key.split("/")
    if not _KEY.fullmatch(key) or "" in parts or "." in parts:
        raise InvalidName(
            f"MLflow's servers keep no {kind} named {key!r}: letters, digits, '_', '-', '.', ' ', ':' and single "
            "slashes are allowed. It is left out; give it another name."
        )


def check_value(value: str, kind: str, key: str) -> None:
    """Refuse a value that MLflow's servers would cut."""
    most = MAX_PARAM_LENGTH if kind == "param" else MAX_TAG_LENGTH
    if len(value) > most:
        raise InvalidName(
            f"The value of {kind} {key!r} has {len(value):,} characters; MLflow's servers keep {most:,} and cut the "
            "rest. It is left out; use log_text() or log_dict() for what is larger."
        )


def check_measured(point: ModelMetric) -> None:
    """Refuse what MLflow's servers would keep otherwise of what was measured of a model."""
    check_key(point.key, "metric")
    if math.isnan(point.value):
        raise InvalidName(
            f"MLflow's servers keep a NaN that was measured of a model as 0: {point.key!r} of model {point.model_id!r} "
            "is left out. Log it as a metric of the run alone."
        )


@dataclass(frozen=True)
class Sifted:
    """What of a batch can be kept, and why the rest can't."""

    batch: Batch
    refusals: Sequence[InvalidName]


def sifted(batch: Batch) -> Sifted:
    """Take out of a batch what MLflow's servers would refuse or cut."""
    refusals: list[InvalidName] = []

    def passes(check: Callable[..., None], *values: object) -> bool:
        try:
            check(*values)
        except InvalidName as refusal:
            refusals.append(refusal)
            return False
        return True

    keys = {point.key for point in batch.metrics}
    bad = {key for key in keys if not passes(check_key, key, "metric")}
    kept = replace(
        batch,
        metrics=tuple(point for point in batch.metrics if point.key not in bad) if bad else batch.metrics,
        params={key: value for key, value in batch.params.items() if passes(_check_text, key, value, "param")},
        tags={key: value for key, value in batch.tags.items() if passes(_check_text, key, value, "tag")},
        model_metrics=tuple(point for point in batch.model_metrics if passes(check_measured, point)),
        inputs=tuple(item for item in batch.inputs if passes(_check_digest, item.dataset.digest)),
    )
    return Sifted(kept, tuple(refusals))


def _check_text(key: str, value: str, kind: str) -> None:
    check_key(key, kind)
    check_value(value, kind, key)


def _check_digest(digest: str) -> None:
    if len(digest) > MAX_DIGEST_LENGTH:
        raise InvalidName(
            f"MLflow's servers keep digests of datasets up to {MAX_DIGEST_LENGTH} characters, not {digest!r}."
        )
