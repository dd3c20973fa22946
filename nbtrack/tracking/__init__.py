"""Recording: experiments, runs and what is logged to them, in the store that is open in this process."""

from nbtrack.tracking.active import end_run, last_active_run, start_run
from nbtrack.tracking.artifacts import (
    artifact_path,
    get_artifact_uri,
    list_artifacts,
    log_artifact,
    log_artifacts,
    log_bytes,
    log_dict,
    log_figure,
    log_image,
    log_table,
    log_text,
)
from nbtrack.tracking.client import Client
from nbtrack.tracking.experiments import (
    create_experiment,
    delete_experiment,
    delete_run,
    get_experiment,
    get_experiment_by_name,
    restore_experiment,
)
from nbtrack.tracking.inputs import log_input
from nbtrack.tracking.log import flush
from nbtrack.tracking.logging import (
    delete_tag,
    log_batch,
    log_metric,
    log_metrics,
    log_param,
    log_params,
    set_experiment_tag,
    set_experiment_tags,
    set_tag,
    set_tags,
)
from nbtrack.tracking.names import random_name
from nbtrack.tracking.opened import ActiveRun, active_run
from nbtrack.tracking.opened import of_process as open_runs
from nbtrack.tracking.outboxes import set_durability
from nbtrack.tracking.progress import Progress, progress
from nbtrack.tracking.search import find_runs, get_run, search_experiments, search_runs
from nbtrack.tracking.system_metrics import (
    disable_system_metrics_logging,
    enable_system_metrics_logging,
    set_system_metrics_samples_before_logging,
    set_system_metrics_sampling_interval,
)
from nbtrack.tracking.workspace import (
    current_store,
    get_tracking_uri,
    is_tracking_uri_set,
    set_experiment,
    set_tracking_uri,
    take_over,
)

__all__ = [
    "ActiveRun",
    "Client",
    "Progress",
    "active_run",
    "artifact_path",
    "create_experiment",
    "current_store",
    "delete_experiment",
    "delete_run",
    "delete_tag",
    "disable_system_metrics_logging",
    "enable_system_metrics_logging",
    "end_run",
    "find_runs",
    "flush",
    "get_artifact_uri",
    "get_experiment",
    "get_experiment_by_name",
    "get_run",
    "get_tracking_uri",
    "is_tracking_uri_set",
    "last_active_run",
    "list_artifacts",
    "log_artifact",
    "log_artifacts",
    "log_batch",
    "log_bytes",
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
    "open_runs",
    "progress",
    "random_name",
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
    "take_over",
]
