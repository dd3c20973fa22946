"""Capturing what frameworks do, without a word in the user's code."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from nbtrack.autolog.options import AutologOptions

if TYPE_CHECKING:
    from nbtrack.autolog.recorder import Recorder

__all__ = ["AutologOptions", "autolog", "is_autolog_on"]

_recorder: Recorder | None = None
_chosen: dict[str, AutologOptions] = {}


def autolog(
    disable: bool = False,
    *,
    log_models: bool = True,
    log_datasets: bool = True,
    log_training_metrics: bool = True,
    log_diagram: bool = True,
    extra_tags: Mapping[str, str] | None = None,
    frameworks: Iterable[str] | None = None,
    silent: bool = False,  # noqa: ARG001 accepted for MLflow's callers
) -> None:
    """Make a run of every outermost fit, or stop doing so, of what is imported now or later.

    Inside an open run a fit is logged to that run instead. Scores computed later on a model's predictions are added
    to the model's run, as ``METRIC_DATASETNAME``.

    Parameters
    ----------
    disable
        Stop, and leave the frameworks exactly as they were.
    log_models
        Save each fitted model, with its signature.
    log_datasets
        Record digest, shape and schema of the data.
    log_training_metrics
        Score each model on the data that it was fitted to.
    log_diagram
        Keep scikit-learn's diagram of the estimator.
    extra_tags
        Tags of every run.
    frameworks
        Packages that this call is about, such as ``sklearn``; all by default. The others stay as they are.

    Raises
    ------
    InvalidInput
        A framework is none that nbtrack can listen to.
    """
    global _recorder
    from nbtrack.autolog import listening
    from nbtrack.autolog.integrations import known_packages
    from nbtrack.autolog.observation import add_observer, remove_observer
    from nbtrack.autolog.recorder import Recorder

    packages = known_packages(frameworks)
    options = AutologOptions(log_models, log_datasets, log_training_metrics, log_diagram, dict(extra_tags or {}))
    for package in packages:
        _chosen.pop(package, None)
        if not disable:
            _chosen[package] = options
    if _recorder is not None:
        remove_observer(_recorder)
        _recorder = None
    if not _chosen:
        listening.release("autolog")
        return
    _recorder = Recorder(dict(_chosen))
    # Imported here, a third of a second, so that the first fit does not seem to take it.
    importlib.import_module("nbtrack.store.sql")
    # Below whoever listens to the cell that is executing.
    add_observer(_recorder, first=True)
    listening.hold("autolog", _chosen)


def is_autolog_on() -> bool:
    return _recorder is not None
