from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from nbtrack.cli.lookup import find_run
from nbtrack.cli.names import ExperimentName, RunName
from nbtrack.cli.opening import open_store
from nbtrack.cli.options import json_option, store_option
from nbtrack.cli.transfers import progress, tell

if TYPE_CHECKING:
    from nbtrack.store import Store
    from nbtrack.transfer import Choice


_KINDS = ["zip", "mlflow", "csv", "parquet"]


def _export_options(function: Callable[..., None]) -> Callable[..., None]:
    options = (
        click.option(
            "--format",
            "kind",
            type=click.Choice(_KINDS),
            help="zip: the default; mlflow: a folder as MLflow's file store has it; csv, parquet: a folder with tables "
            "of runs and of points.",
        ),
        click.option("--no-artifacts", is_flag=True, help="Leave out the files of runs and models."),
        json_option,
        store_option,
        click.pass_context,
    )
    for option in reversed(options):
        function = option(function)
    return function


@click.command(name="export")
@click.argument("destination")
@click.option("-e", "--experiment", "experiments", multiple=True, metavar="NAME", type=ExperimentName())
@click.option("-f", "--filter", "filter_string", metavar="FILTER", help="Only active runs that it finds.")
@click.option(
    "-r", "--run", "runs", multiple=True, metavar="RUN", type=RunName(), help="Only this one; may be repeated."
)
@_export_options
def export(
    context: click.Context,
    destination: str,
    experiments: tuple[str, ...],
    filter_string: str | None,
    runs: tuple[str, ...],
    **how: Any,
) -> None:
    """Copy runs out of the store, with all that belongs to them.

    DESTINATION is a new zip file, which `nbtrack import` reads, or, in the other formats, a new folder, or the URL of
    a tracking server, nbtrack's or MLflow's: exporting there again brings what is new. The exit code is 1 if
    something was left out.
    """
    store = open_store()
    _copy_out(context, store, destination, _choice(store, experiments, filter_string, runs), **how)


@click.command(name="export")
@click.argument("runs", nargs=-1, required=True, metavar="RUN...", type=RunName())
@click.argument("destination")
@_export_options
def export_runs(context: click.Context, runs: tuple[str, ...], destination: str, **how: Any) -> None:
    """Copy runs to DESTINATION: a zip file, a folder or a server, as with `nbtrack export`."""
    store = open_store()
    _copy_out(context, store, destination, _choice(store, (), None, runs), **how)


def _copy_out(
    context: click.Context,
    store: Store,
    destination: str,
    choice: Choice,
    *,
    kind: str | None,
    no_artifacts: bool,
    as_json: bool,
) -> None:
    from nbtrack.transfer import Report, export_from, open_destination

    report = Report(store.uri, destination)
    target = open_destination(destination, kind, report, with_artifacts=not no_artifacts)
    with progress("exporting") as on_progress:
        export_from(store, target, report, choice=choice, on_progress=on_progress)
    tell(context, report, as_json=as_json)


def _choice(store: Store, experiments: tuple[str, ...], filter_string: str | None, runs: tuple[str, ...]) -> Choice:
    from nbtrack.transfer import Choice, found_runs

    run_ids = None
    if filter_string is not None:
        run_ids = found_runs(store, filter_string)
    if runs:
        named = frozenset(find_run(store, run).info.run_id for run in runs)
        run_ids = named if run_ids is None else run_ids & named
    return Choice(experiments=experiments, run_ids=run_ids)
