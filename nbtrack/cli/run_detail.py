"""One run, with all that is known of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import click

from nbtrack import clock
from nbtrack.cli.amounts import ago, duration, moment, size
from nbtrack.cli.documents import artifact_document, input_document, metric_document, model_document, run_document
from nbtrack.cli.lookup import SHORT_ID
from nbtrack.cli.output import print_heading, print_json, print_pairs, print_table, status_cell
from nbtrack.cli.table import Cell, Column
from nbtrack.entities import Experiment, Lifecycle, MetricSummary, Run, RunSummary, format_number
from nbtrack.entities import tags as tag_names
from nbtrack.store import Store

MAX_CHILDREN = 20
HIDDEN_TAGS = {tag_names.RUN_NAME, tag_names.USER, tag_names.PARENT_RUN_ID, tag_names.NOTE, tag_names.ERROR}
"""Tags that are shown under names of their own."""


def show_run(store: Store, run: Run, *, as_json: bool) -> None:
    run_id = run.info.run_id
    summary, children = store.runs.summaries_of([run_id])[0], store.runs.children(run_id)
    metrics, models = store.metrics.summaries(run_id), store.models.of_run(run_id)
    artifacts, inputs = store.artifacts.list(run_id), run.inputs.dataset_inputs
    if as_json:
        print_json(
            {
                **run_document(run),
                "parent_run_id": summary.parent_run_id,
                "notebook": summary.notebook,
                "cell_id": summary.cell_id,
                "metric_summaries": [metric_document(metric) for metric in metrics],
                "inputs": [input_document(used) for used in inputs],
                "models": [model_document(model) for model in models],
                "artifacts": [artifact_document(entry) for entry in artifacts],
                "children": [child.run_id for child in children],
            }
        )
        return
    print_pairs(_head(run, summary, store.experiments.get(run.info.experiment_id)))
    _print_values("Params", run.data.params)
    _print_metrics(metrics)
    _print_values("Tags", {key: value for key, value in run.data.tags.items() if key not in HIDDEN_TAGS})
    _print_values("Data", {item.dataset.name: f"{item.context} {item.dataset.digest}".strip() for item in inputs})
    _print_values("Models", {model.path: f"{model.flavor}, {size(model.size_bytes)}" for model in models})
    _print_values(
        "Artifacts", {entry.path: "folder" if entry.is_dir else size(entry.file_size or 0) for entry in artifacts}
    )
    _print_children(children)


def _head(run: Run, summary: RunSummary, experiment: Experiment) -> Mapping[str, str | Cell]:
    info, tags, now_ms = run.info, run.data.tags, clock.now_ms()
    known: dict[str, str | Cell | None] = {
        "Name": info.run_name,
        "Id": info.run_id,
        "Status": status_cell(info.status.value),
        "Deleted": "yes" if info.lifecycle_stage is Lifecycle.DELETED else None,
        "Error": tags.get(tag_names.ERROR),
        "Experiment": experiment.name,
        "Started": f"{moment(info.start_time)} ({ago(info.start_time, now_ms=now_ms)})",
        "Duration": None if info.end_time is None else duration(max(info.end_time - info.start_time, 0)),
        "User": info.user_id,
        "Notebook": summary.notebook,
        "Parent": summary.parent_run_id,
        "Note": tags.get(tag_names.NOTE),
        "Artifacts": info.artifact_uri,
    }
    return {name: value for name, value in known.items() if value}


def _print_values(title: str, values: Mapping[str, str]) -> None:
    if values:
        print_heading(title)
        print_pairs(values)


def _print_metrics(metrics: Sequence[MetricSummary]) -> None:
    if not metrics:
        return
    print_heading("Metrics")
    names = ["LAST", "MIN", "MAX", "BEST STEP", "POINTS"]
    rows = [
        (
            metric.key,
            format_number(metric.last),
            format_number(metric.min),
            format_number(metric.max),
            str(metric.best_step),
            f"{metric.count:,}",
        )
        for metric in metrics
    ]
    print_table([Column("KEY"), *(Column(name, is_number=True) for name in names)], rows)


def _print_children(children: Sequence[RunSummary]) -> None:
    if not children:
        return
    print_heading("Children")
    shown = children[:MAX_CHILDREN]
    print_table(
        ["ID", "NAME", "STATUS"],
        [(child.run_id[:SHORT_ID], child.name, status_cell(child.status.value)) for child in shown],
    )
    if len(children) > len(shown):
        click.echo(f"and {len(children) - len(shown)} more; --json names all.")
