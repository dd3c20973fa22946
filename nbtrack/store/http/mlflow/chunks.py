"""Batches in pieces that a server takes in one request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from nbtrack.entities import Metric, ModelMetric
from nbtrack.store.http.mlflow.api import number

MAX_ITEMS = 1000
MAX_PARAMS = MAX_TAGS = 100
MAX_BYTES = 800_000
"""MLflow's servers take requests of a million; what surrounds the items counts too."""
_METRIC_BYTES = 120

Item = tuple[str, dict[str, Any], int]
"""Its kind, as JSON, and about how many bytes that takes."""


@dataclass
class Chunk:
    """What goes into one request for ``runs/log-batch``."""

    metrics: list[dict[str, Any]] = field(default_factory=list)
    params: list[dict[str, Any]] = field(default_factory=list)
    tags: list[dict[str, Any]] = field(default_factory=list)
    size_bytes: int = 0

    def __len__(self) -> int:
        return len(self.metrics) + len(self.params) + len(self.tags)

    def halves(self) -> tuple[Chunk, Chunk]:
        """Split into two, the way to find what is refused."""
        items = [("metrics", item) for item in self.metrics]
        items += [("params", item) for item in self.params] + [("tags", item) for item in self.tags]
        first, second = Chunk(), Chunk()
        for place, (kind, item) in enumerate(items):
            getattr(first if place < len(items) // 2 else second, kind).append(item)
        return first, second

    @property
    def keys(self) -> str:
        items = [*self.metrics, *self.params, *self.tags]
        return ", ".join(repr(item["key"]) for item in items[:3]) + (", ..." if len(items) > 3 else "")


def chunks(items: Iterable[Item]) -> Iterator[Chunk]:
    """Split what is logged to one run; order is kept."""
    chunk = Chunk()
    for kind, item, size_bytes in items:
        is_full = (
            len(chunk) >= MAX_ITEMS
            or chunk.size_bytes + size_bytes > MAX_BYTES
            or (kind == "params" and len(chunk.params) >= MAX_PARAMS)
            or (kind == "tags" and len(chunk.tags) >= MAX_TAGS)
        )
        if is_full:
            yield chunk
            chunk = Chunk()
        getattr(chunk, kind).append(item)
        chunk.size_bytes += size_bytes
    if len(chunk):
        yield chunk


def logged(metrics: Iterable[Metric], params: Mapping[str, str], tags: Mapping[str, str]) -> Iterator[Item]:
    """Give what is logged to a run."""
    for kind, values in (("params", params), ("tags", tags)):
        for key, value in values.items():
            # Six bytes a character at the worst: what is neither ASCII nor fits a short escape.
            yield kind, {"key": key, "value": value}, len(value.encode()) * 2 + len(key) * 4 + 30
    for point in metrics:
        item = {"key": point.key, "value": number(point.value), "timestamp": point.timestamp, "step": point.step}
        yield "metrics", item, len(point.key) * 4 + _METRIC_BYTES


def measured(points: Iterable[tuple[ModelMetric, str]]) -> Iterator[Item]:
    """Give what a run measured of models, each with the server's id of the model."""
    for point, server_model_id in points:
        item = {
            "key": point.key,
            "value": number(point.value),
            "timestamp": point.timestamp,
            "step": point.step,
            "model_id": server_model_id,
        }
        dataset = {"dataset_name": point.dataset_name, "dataset_digest": point.dataset_digest}
        item |= {name: value for name, value in dataset.items() if value is not None}
        length = len(point.key) + len(point.dataset_name or "") + len(point.dataset_digest or "")
        yield "metrics", item, length * 4 + 2 * _METRIC_BYTES
