"""The columns of tables of runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from nbtrack import clock
from nbtrack.cli.amounts import ago, duration
from nbtrack.cli.lookup import SHORT_ID
from nbtrack.cli.output import status_cell
from nbtrack.cli.table import Cell, Column
from nbtrack.entities import Run, format_number, metric_columns
from nbtrack.errors import InvalidInput

MAX_METRICS = 3


@dataclass(frozen=True)
class RunColumn:
    """A column, and what it shows of a run."""

    column: Column
    cell: Callable[[Run], str | Cell]


def chosen_columns(text: str, experiment_names: Mapping[str, str]) -> list[RunColumn]:
    """Parse names with commas between, such as ``name,status,metrics.rmse,params.depth``.

    Raises
    ------
    InvalidInput
        A name is of no column.
    """
    attributes = _attributes(experiment_names)
    chosen = []
    for name in (part.strip() for part in text.split(",")):
        kind, _, key = name.partition(".")
        logged = _logged_column(kind, key)
        if logged is None and name not in attributes:
            known = ", ".join([*attributes, "metrics.KEY", "params.KEY", "tags.KEY"])
            raise InvalidInput(f"There is no column {name!r}; there are {known}.")
        chosen.append(logged or attributes[name])
    return chosen


def usual_columns(
    runs: Sequence[Run], experiment_names: Mapping[str, str], *, wanted: Sequence[str]
) -> list[RunColumn]:
    """Return the columns of a list where none are chosen: the metrics that are wanted, and those that tell most."""
    attributes = _attributes(experiment_names)
    names = ["id", "name", "status", "started", "duration", "params"]
    if len({run.info.experiment_id for run in runs}) > 1:
        names.insert(2, "experiment")
    keys = metric_columns([run.data.metrics for run in runs], MAX_METRICS, wanted=wanted)
    shown = [_logged_column("metrics", key) for key in keys]
    return [*(attributes[name] for name in names), *(column for column in shown if column is not None)]


def _attributes(experiment_names: Mapping[str, str]) -> dict[str, RunColumn]:
    now_ms = clock.now_ms()
    shown: dict[str, Callable[[Run], str | Cell]] = {
        "id": lambda run: run.info.run_id[:SHORT_ID],
        "run_id": lambda run: run.info.run_id,
        "name": lambda run: run.info.run_name,
        "experiment": lambda run: experiment_names.get(run.info.experiment_id, run.info.experiment_id),
        "status": lambda run: status_cell(run.info.status.value),
        "started": lambda run: ago(run.info.start_time, now_ms=now_ms),
        "duration": lambda run: _duration(run, now_ms),
        "user": lambda run: run.info.user_id,
        "params": lambda run: str(len(run.data.params)),
        "artifact_uri": lambda run: run.info.artifact_uri,
    }
    numbers = {"duration", "params"}
    return {name: RunColumn(Column(name.upper(), is_number=name in numbers), cell) for name, cell in shown.items()}


def _duration(run: Run, now_ms: int) -> str:
    end = run.info.end_time
    if end is None:
        # Of a run that was never ended nobody knows how long it took.
        return "" if run.info.status.is_terminal else duration(max(now_ms - run.info.start_time, 0))
    return duration(max(end - run.info.start_time, 0))


def _logged_column(kind: str, key: str) -> RunColumn | None:
    if not key or kind not in ("metrics", "params", "tags"):
        return None

    def cell(run: Run) -> str:
        value = getattr(run.data, kind).get(key)
        if value is None:
            return ""
        return format_number(value) if kind == "metrics" else str(value)

    return RunColumn(Column(key, is_number=kind == "metrics"), cell)
