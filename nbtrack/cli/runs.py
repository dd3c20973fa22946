"""`nbtrack runs`."""

from __future__ import annotations

from typing import Any

import click

from nbtrack.cli.amounts import counted
from nbtrack.cli.exporting import export_runs
from nbtrack.cli.lookup import find_run
from nbtrack.cli.names import RunName
from nbtrack.cli.opening import open_store
from nbtrack.cli.options import json_option, store_option, yes_option
from nbtrack.cli.output import confirm, print_json
from nbtrack.cli.run_detail import show_run
from nbtrack.cli.run_lists import Wanted, list_options, show_runs
from nbtrack.cli.text import one_line
from nbtrack.entities import Lifecycle, Run

FILTER_EXAMPLE = "metrics.rmse < 1 and params.model = 'tree'"


@click.group()
def runs() -> None:
    """Find, look at, compare, delete, restore and export runs."""


runs.add_command(export_runs)


@runs.command(name="list")
@click.option("-f", "--filter", "filter_text", default="", metavar="FILTER", help=f"As in: {FILTER_EXAMPLE}")
@list_options
def list_runs(filter_text: str, **wanted: Any) -> None:
    """List runs, newest first."""
    show_runs(filter_text, Wanted(**wanted))


@runs.command(name="search")
@click.argument("filter_text", metavar="FILTER")
@list_options
def search_runs(filter_text: str, **wanted: Any) -> None:
    """Find runs: metrics.KEY, params.KEY, tags.KEY and attributes such as status, age and duration.

    \b
    nbtrack runs search "metrics.rmse < 1 and params.model = 'tree'"
    nbtrack runs search "status = 'FAILED' and age < 2d" -o "start_time ASC"
    """
    show_runs(filter_text, Wanted(**wanted))


@runs.command()
@click.argument("run", type=RunName())
@json_option
@store_option
def show(run: str, as_json: bool) -> None:
    """Show all that is known of a run, named by id, the beginning of one, or name."""
    store = open_store()
    show_run(store, find_run(store, run), as_json=as_json)


@runs.command()
@click.argument("runs", nargs=-1, required=True, type=RunName())
@click.option("-a", "--all", "everything", is_flag=True, help="What is equal, too.")
@json_option
@store_option
def compare(runs: tuple[str, ...], everything: bool, as_json: bool) -> None:
    """Show in which params and metrics runs differ."""
    from nbtrack.cli.run_comparison import show_comparison

    store = open_store()
    show_comparison([find_run(store, run) for run in runs], everything=everything, as_json=as_json)


@runs.command()
@click.argument("runs", nargs=-1, required=True, type=RunName())
@yes_option
@json_option
@store_option
def delete(runs: tuple[str, ...], yes: bool, as_json: bool) -> None:
    """Delete runs and their children. `nbtrack runs restore` brings them back, until `nbtrack gc`."""
    store = open_store()
    found = [find_run(store, run, lifecycle=Lifecycle.ACTIVE) for run in runs]
    if not yes:
        confirm(f"Delete {counted(len(found), 'run')} ({_names(found)})?")
    store.runs.delete([run.info.run_id for run in found])
    _tell("deleted", found, as_json=as_json)


@runs.command()
@click.argument("runs", nargs=-1, required=True, type=RunName("deleted"))
@json_option
@store_option
def restore(runs: tuple[str, ...], as_json: bool) -> None:
    """Bring deleted runs back, with their children."""
    store = open_store()
    found = [find_run(store, run, lifecycle=Lifecycle.DELETED) for run in runs]
    for run in found:
        store.runs.restore(run.info.run_id)
    _tell("restored", found, as_json=as_json)


def _tell(done: str, found: list[Run], *, as_json: bool) -> None:
    if as_json:
        print_json({done: [run.info.run_id for run in found]})
    else:
        click.echo(f"{done.capitalize()}: {_names(found)}.")


def _names(found: list[Run]) -> str:
    return ", ".join(one_line(run.info.run_name) for run in found)
