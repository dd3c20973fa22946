"""Params, metrics and tags."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from nbtrack.clock import now_ms
from nbtrack.entities import Batch, Metric, ModelMetric
from nbtrack.tracking import log
from nbtrack.tracking.active import active_or_new_run
from nbtrack.tracking.active_model import get_active_model_id
from nbtrack.tracking.model_metrics import NamedData, check_logged_model, points_of_model
from nbtrack.tracking.values import exact_float, exact_step, metric, texts
from nbtrack.tracking.workspace import current_experiment_id, current_store, store_of


def log_param(key: str, value: Any, synchronous: bool | None = None) -> Any:  # noqa: ARG001 MLflow's callers pass it
    """Log one param of the active run and return ``value``. A param is written once; its text is ``str(value)``."""
    log_params({key: value})
    return value


def log_params(
    params: Mapping[str, Any],
    synchronous: bool | None = None,  # noqa: ARG001
    run_id: str | None = None,
) -> None:
    """Log params of the active run, or of ``run_id``, all or none.

    Raises
    ------
    ParamConflict
        One of them has another value already.
    InvalidName
        A key or value that can't be kept exactly.
    """
    log.append(_target(run_id), Batch(params=texts(params)))


def log_metric(
    key: str,
    value: float,
    step: int | None = None,
    synchronous: bool | None = None,  # noqa: ARG001
    timestamp: int | None = None,
    run_id: str | None = None,
    model_id: str | None = None,
    dataset: NamedData | None = None,
) -> None:
    """Log one point of a metric.

    Parameters
    ----------
    value
        A number, NumPy scalar, 0-d array or one-element tensor. NaN and the infinities are values.
    step
        Default 0.
    timestamp
        Milliseconds since the epoch; default: now.
    model_id
        A logged model whose metric it is, too. Default: that of ``set_active_model``, if any.
    dataset
        What it was measured on, of which ``name`` and ``digest`` are kept with the model's metric.
    """
    model_id = model_id or get_active_model_id()
    if model_id is not None:
        log_metrics({key: value}, step, run_id=run_id, timestamp=timestamp, model_id=model_id, dataset=dataset)
        return
    log.append_point(
        run_id or active_or_new_run().info.run_id,
        key,
        value if type(value) is float else exact_float(key, value),
        0 if step is None else exact_step(key, step),
        now_ms() if timestamp is None else timestamp,
    )


def log_metrics(
    metrics: Mapping[str, float],
    step: int | None = None,
    synchronous: bool | None = None,  # noqa: ARG001
    run_id: str | None = None,
    timestamp: int | None = None,
    model_id: str | None = None,
    dataset: NamedData | None = None,
) -> None:
    """Log one point of each of several metrics, all or none; see ``log_metric``."""
    at_ms = now_ms() if timestamp is None else timestamp
    points = tuple([metric(key, v, step=step, at_ms=at_ms) for key, v in metrics.items()])
    log.append(_target(run_id), Batch(points, model_metrics=_of_model(model_id, points, dataset)))


def log_batch(
    run_id: str, metrics: Sequence[Metric] = (), params: Mapping[str, Any] = {}, tags: Mapping[str, Any] = {}
) -> None:
    """Log points, params and tags of a run, all or none."""
    of_model = _of_model(None, metrics, None)
    log.append(run_id, Batch(tuple(metrics), texts(params), texts(tags), model_metrics=of_model))


def set_tag(key: str, value: Any, synchronous: bool | None = None) -> None:  # noqa: ARG001
    """Set a tag of the active run; a tag can change."""
    set_tags({key: value})


def set_tags(tags: Mapping[str, Any], synchronous: bool | None = None) -> None:  # noqa: ARG001
    """Set tags of the active run, all or none."""
    log.append(_target(None), Batch(tags=texts(tags)))


def delete_tag(key: str) -> None:
    """Remove a tag of the active run."""
    log.flush()
    run_id = _target(None)
    with log.absorbing_faults(run_id):
        store_of(run_id).runs.delete_tag(run_id, key)


def set_experiment_tag(key: str, value: Any) -> None:
    """Set a tag of the experiment of ``set_experiment``."""
    set_experiment_tags({key: value})


def set_experiment_tags(tags: Mapping[str, Any]) -> None:
    """Set tags of the experiment of ``set_experiment``."""
    current_store().experiments.set_tags(current_experiment_id(), texts(tags))


def _target(run_id: str | None) -> str:
    return run_id or active_or_new_run().info.run_id


def _of_model(model_id: str | None, points: Iterable[Metric], dataset: NamedData | None) -> tuple[ModelMetric, ...]:
    """Return points as those of a logged model, or of the active one; none where there is none."""
    model_id = model_id or get_active_model_id()
    return () if model_id is None else points_of_model(check_logged_model(model_id), points, dataset)
