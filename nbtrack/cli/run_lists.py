"""Lists of runs: what is asked for, and how it is shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import click

from nbtrack.cli.columns import chosen_columns, usual_columns
from nbtrack.cli.documents import run_document
from nbtrack.cli.lookup import find_experiment
from nbtrack.cli.names import ExperimentName, FieldNames
from nbtrack.cli.opening import open_store
from nbtrack.cli.options import json_option, store_option
from nbtrack.cli.output import print_json, print_table
from nbtrack.store import RunQuery, Store, misspelt_keys
from nbtrack.store.filters import named_metrics


@dataclass(frozen=True)
class Wanted:
    """Which runs a list is to show, and how."""

    experiment: str | None
    order_by: tuple[str, ...]
    limit: int
    columns: str | None
    deleted: bool
    as_json: bool


def list_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that make a ``Wanted``."""
    options = [
        click.option(
            "-e", "--experiment", metavar="NAME", type=ExperimentName(), help="Only this experiment, by name or id."
        ),
        click.option(
            "-o", "--order-by", multiple=True, metavar="FIELD", type=FieldNames(), help="As in: 'metrics.rmse DESC'."
        ),
        click.option(
            "-n", "--limit", default=50, show_default=True, type=click.IntRange(1, 100_000), help="At most so many."
        ),
        click.option(
            "-c", "--columns", metavar="FIELDS", type=FieldNames(), help="As in: name,metrics.rmse,params.depth"
        ),
        click.option("--deleted", is_flag=True, help="Those that were deleted."),
        json_option,
        store_option,
    ]
    for option in reversed(options):
        command = option(command)
    return command


def show_runs(filter_text: str, wanted: Wanted) -> None:
    store = open_store()
    within = (find_experiment(store, wanted.experiment).experiment_id,) if wanted.experiment else ()
    query = RunQuery(
        experiment_ids=within,
        filter=filter_text,
        order_by=wanted.order_by,
        lifecycle="deleted" if wanted.deleted else "active",
        max_results=wanted.limit,
    )
    page = store.runs.search(query)
    found = page.runs
    if wanted.as_json:
        print_json({"runs": [run_document(run) for run in found]})
        return
    names = {experiment.experiment_id: experiment.name for experiment in store.experiments.list(lifecycle=None)}
    if wanted.columns:
        columns = chosen_columns(wanted.columns, names)
    else:
        columns = usual_columns(found, names, wanted=named_metrics(filter_text, wanted.order_by))
    for message in misspelt_keys(query, store.runs.keys()) if wanted.order_by or not found else ():
        click.echo(message, err=True)
    if not found:
        click.echo(_nothing_found(store, filter_text, wanted))
        return
    print_table([shown.column for shown in columns], [[shown.cell(run) for shown in columns] for run in found])
    if page.next_page_token is not None:
        click.echo(f"The first {wanted.limit}; -n shows more.", err=True)


def _nothing_found(store: Store, filter_text: str, wanted: Wanted) -> str:
    if wanted.deleted:
        return "No deleted runs."
    if filter_text or wanted.experiment:
        return "No runs match. `nbtrack runs list` shows all."
    return f"No runs in {store.uri}. In a notebook: %load_ext nbtrack, then %autolog or %%track."
