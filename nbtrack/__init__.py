"""Experiment tracking that lives in JupyterLab.

``import nbtrack`` is cheap: databases and frameworks are imported when they are first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from nbtrack.autolog import autolog
from nbtrack.entities import Dataset, Experiment, Metric, Run, RunStatus
from nbtrack.tracking import (
    ActiveRun,
    Client,
    active_run,
    create_experiment,
    delete_experiment,
    delete_run,
    delete_tag,
    disable_system_metrics_logging,
    enable_system_metrics_logging,
    end_run,
    flush,
    get_artifact_uri,
    get_experiment,
    get_experiment_by_name,
    get_run,
    get_tracking_uri,
    last_active_run,
    list_artifacts,
    log_artifact,
    log_artifacts,
    log_batch,
    log_dict,
    log_figure,
    log_image,
    log_input,
    log_metric,
    log_metrics,
    log_param,
    log_params,
    log_table,
    log_text,
    progress,
    restore_experiment,
    search_experiments,
    search_runs,
    set_durability,
    set_experiment,
    set_experiment_tag,
    set_experiment_tags,
    set_system_metrics_samples_before_logging,
    set_system_metrics_sampling_interval,
    set_tag,
    set_tags,
    set_tracking_uri,
    start_run,
)
from nbtrack.version import __version__

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

MlflowClient = Client
"""The name under which MLflow's users know it."""

__all__ = [
    "ActiveRun",
    "Client",
    "Dataset",
    "Experiment",
    "Metric",
    "MlflowClient",
    "Run",
    "RunStatus",
    "__version__",
    "active_run",
    "autolog",
    "create_experiment",
    "delete_experiment",
    "delete_run",
    "delete_tag",
    "disable_system_metrics_logging",
    "enable_system_metrics_logging",
    "end_run",
    "flush",
    "get_artifact_uri",
    "get_experiment",
    "get_experiment_by_name",
    "get_run",
    "get_tracking_uri",
    "last_active_run",
    "list_artifacts",
    "log_artifact",
    "log_artifacts",
    "log_batch",
    "log_dict",
    "log_figure",
    "log_image",
    "log_input",
    "log_metric",
    "log_metrics",
    "log_param",
    "log_params",
    "log_table",
    "log_text",
    "progress",
    "restore_experiment",
    "search_experiments",
    "search_runs",
    "set_durability",
    "set_experiment",
    "set_experiment_tag",
    "set_experiment_tags",
    "set_system_metrics_samples_before_logging",
    "set_system_metrics_sampling_interval",
    "set_tag",
    "set_tags",
    "set_tracking_uri",
    "start_run",
]

# Name -> module that has it; None where the name is the module itself. (`autolog` must be bound above: importing a
# submodule binds its name here, and would hide a function of the same name that comes later.)
_LATER = {
    "evaluate": "nbtrack.tracking.evaluation",
    "promote": "nbtrack.tracking.promotion",
    "promotions": "nbtrack.tracking.promotion",
    "register_model": "nbtrack.tracking.models",
    **dict.fromkeys(
        (
            "create_external_model",
            "delete_logged_model_tag",
            "delete_registered_model_alias",
            "finalize_logged_model",
            "get_logged_model",
            "initialize_logged_model",
            "last_logged_model",
            "log_model_params",
            "search_logged_models",
            "search_model_versions",
            "search_registered_models",
            "set_active_model",
            "set_logged_model_tags",
            "set_model_version_tag",
            "set_registered_model_alias",
        ),
        "nbtrack.tracking.registered_models",
    ),
    **dict.fromkeys(("ActiveModel", "clear_active_model", "get_active_model_id"), "nbtrack.tracking.active_model"),
    "artifacts": None,
    "catboost": None,
    "crate": None,
    "data": None,
    "h2o": None,
    "keras": None,
    "lightgbm": None,
    "models": None,
    "onnx": None,
    "optuna": None,
    "pyfunc": None,
    "pytorch": None,
    "sklearn": None,
    "spark": None,
    "statsmodels": None,
    "tensorflow": None,
    "xgboost": None,
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module 'nbtrack' has no attribute {name!r}")
    module = _LATER[name]
    if module is None:
        return importlib.import_module(f"nbtrack.{name}")
    return getattr(importlib.import_module(module), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATER})


def load_ipython_extension(shell: InteractiveShell) -> None:
    """``%load_ext nbtrack``."""
    from nbtrack.notebook import load

    load(shell)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """``%unload_ext nbtrack``."""
    from nbtrack.notebook import unload

    unload(shell)


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    return [{"src": "labextension", "dest": "nbtrack"}]


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    from nbtrack.server import NbtrackApp

    return [{"module": "nbtrack", "app": NbtrackApp}]
