"""The line magics: parse, call one function, show."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from nbtrack.entities import metric_columns
from nbtrack.errors import NbtrackError
from nbtrack.notebook.options import HelpWanted, autolog_parser, line_parser, words_of
from nbtrack.settings import redact

if TYPE_CHECKING:
    import pandas as pd

    from nbtrack.outbox import OutboxStatus, UploadStatus

MAX_METRICS = 5
"""Columns of metrics in the table of `%runs`."""


def _magic(function: Callable[[str], Any]) -> Callable[[str], Any]:
    """Show the user's mistakes in one line, without a traceback."""

    def run(line: str = "") -> Any:
        from IPython.core.error import UsageError

        try:
            return function(line)
        except HelpWanted as wanted:
            print(wanted)  # noqa: T201
        except NbtrackError as error:
            raise UsageError(str(error)) from None
        return None

    run.__doc__ = function.__doc__
    run.__name__ = function.__name__
    return run


@_magic
def autolog_magic(line: str) -> None:
    """%autolog [on|off] [FRAMEWORK...] [options]: make a run of every fit, or stop."""
    from nbtrack.autolog import autolog

    given = autolog_parser().parse_args(words_of(line))
    words = [given.words] if isinstance(given.words, str) else given.words  # the default is no list
    frameworks = [word for word in words if word not in ("on", "off")]
    autolog(
        disable="off" in words,
        frameworks=frameworks or None,
        log_models=not given.no_models,
        log_datasets=not given.no_datasets,
        log_training_metrics=not given.no_training_metrics,
    )


@_magic
def experiment_magic(line: str) -> None:
    """%experiment [NAME]: choose the experiment of new runs, or show it."""
    from nbtrack.tracking import assumed, current_store, set_experiment
    from nbtrack.tracking.workspace import current_experiment_id

    parser = line_parser("%experiment", "Choose the experiment of new runs, or show it.")
    parser.add_argument("name", nargs="*")
    name = " ".join(parser.parse_args(words_of(line)).name)
    if name:
        set_experiment(name)
    experiment_id = current_experiment_id()
    shown = assumed.name_of(experiment_id) or current_store().experiments.get(experiment_id).name
    print(f"Experiment: {shown}")  # noqa: T201


@_magic
def runs_magic(line: str) -> Any:
    """%runs [FILTER]: the runs of the current experiment as a table, newest first, with the metrics that tell most.

    nbtrack.search_runs(...) returns all that is known.
    """
    from nbtrack.tracking import search_runs

    if line.strip() in ("-h", "--help"):
        print(f"{runs_magic.__doc__} For example: %runs metrics.rmse < 1 and params.model = 'tree'")  # noqa: T201
        return None
    return listed(search_runs(filter_string=line.strip()), line)


def listed(frame: pd.DataFrame, filter_text: str) -> pd.DataFrame:
    """Leave of a table of runs what people look at; of the metrics, the few that tell most of these runs."""
    from nbtrack.store.filters import named_metrics

    metrics = [name for name in frame.columns if name.startswith("metrics.")]
    keys = [name.removeprefix("metrics.") for name in metrics]
    rows = (set(itertools.compress(keys, has_value)) for has_value in frame[metrics].notna().to_numpy())
    shown = [f"metrics.{key}" for key in metric_columns(rows, MAX_METRICS, wanted=named_metrics(filter_text))]
    params = [name for name in frame.columns if name.startswith("params.")]
    return frame[["run_name", "status", "start_time", *shown, *params]]


@_magic
def nbtrack_magic(line: str) -> None:
    """%nbtrack status|stop|store [PLACE]: what is open; end the open runs; show or choose the store."""
    from nbtrack.autolog import is_autolog_on
    from nbtrack.tracking import end_run, get_tracking_uri, open_runs, set_tracking_uri
    from nbtrack.tracking.outboxes import outbox_status, upload_status

    parser = line_parser("%nbtrack", "Show what is open, end open runs, show or choose the store.")
    parser.add_argument("action", nargs="?", choices=["status", "stop", "store"], default="status")
    parser.add_argument("place", nargs="?", help="store: a folder, sqlite:///FILE or postgresql://USER@HOST/DATABASE")
    given = parser.parse_args(words_of(line))
    if given.action == "stop":
        for run in reversed(open_runs()):
            end_run(run_id=run.info.run_id)
            print(f"Ended {run.info.run_name}.")  # noqa: T201
    if given.action == "store" and given.place:
        set_tracking_uri(given.place)
    print(f"Store: {redact(get_tracking_uri())}")  # noqa: T201
    if given.action == "status":
        names = ", ".join(run.info.run_name for run in open_runs()) or "none"
        print(f"Open runs: {names}\nAutolog: {'on' if is_autolog_on() else 'off'}")  # noqa: T201
        print(f"Outbox: {outbox_text(outbox_status(), now_s=time.time())}")  # noqa: T201
        print(f"Files: {files_text(upload_status())}")  # noqa: T201


def outbox_text(status: OutboxStatus | None, *, now_s: float) -> str:
    """Say how far what was logged has got to."""
    if status is None or (status.delivered_at is None and not status.backlog_bytes):
        return "nothing was logged here"
    delivered = "never" if status.delivered_at is None else f"{now_s - status.delivered_at:.1f} s ago"
    waiting = f"{status.backlog_bytes:,} bytes wait" if status.backlog_bytes else "all is stored"
    fault = f"; {status.fault} `nbtrack doctor` examines the store." if status.fault else ""
    return f"{waiting}; last delivery {delivered}{fault}"


def files_text(status: UploadStatus | None) -> str:
    """Say which files wait for their place, and why."""
    if status is None or not status.waiting.files:
        return "all are in their place"
    fault = f"; {status.fault}" if status.fault else ""
    return f"{status.waiting.files} ({status.waiting.size_bytes:,} bytes) wait on this machine{fault}"


@_magic
def refuse_magic(line: str) -> None:
    """What a cell with wrong %%track options becomes."""
    from nbtrack.errors import InvalidInput

    raise InvalidInput(line)


LINE_MAGICS = {
    "autolog": autolog_magic,
    "experiment": experiment_magic,
    "runs": runs_magic,
    "nbtrack": nbtrack_magic,
    "nbtrack_refuse": refuse_magic,
}
