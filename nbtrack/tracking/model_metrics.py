"""Points of a run's metrics as those of a logged model too, perhaps measured on a dataset."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from nbtrack.entities import Metric, ModelMetric
from nbtrack.errors import StoreUnavailable
from nbtrack.tracking import log
from nbtrack.tracking.workspace import current_store

# Ids that the store was seen to know: a model that is logged again and again is asked for once.
_known: set[tuple[str, str]] = set()


class NamedData(Protocol):
    """A dataset, nbtrack's or MLflow's."""

    @property
    def name(self) -> str: ...
    @property
    def digest(self) -> str: ...


def check_logged_model(model_id: str) -> str:
    """Return the id of a logged model of the open store; while that is away, any id.

    Raises
    ------
    ModelNotFound
        There is none: told at once, since what is logged is stored later.
    """
    store = current_store()
    if (store.uri, model_id) not in _known:
        try:
            log.flush()  # it may have been logged just now
            store.models.get(model_id)
        except StoreUnavailable:
            return model_id
        _known.add((store.uri, model_id))
    return model_id


def points_of_model(model_id: str, points: Iterable[Metric], dataset: NamedData | None) -> tuple[ModelMetric, ...]:
    """Return points as those of a model; the run that measured them is that which they are logged to."""
    name, digest = (None, None) if dataset is None else (dataset.name, dataset.digest)
    return tuple(ModelMetric(model_id, *point, dataset_name=name, dataset_digest=digest) for point in points)
