"""`nbtrack experiments`."""

from __future__ import annotations

import click

from nbtrack import clock
from nbtrack.cli.amounts import ago, counted, moment
from nbtrack.cli.documents import experiment_document
from nbtrack.cli.lookup import find_experiment
from nbtrack.cli.names import ExperimentName
from nbtrack.cli.opening import open_store
from nbtrack.cli.options import json_option, store_option, yes_option
from nbtrack.cli.output import confirm, print_heading, print_json, print_pairs, print_table
from nbtrack.cli.table import Column
from nbtrack.cli.text import one_line
from nbtrack.entities import Experiment, Lifecycle
from nbtrack.store import Store


@click.group()
def experiments() -> None:
    """List, make, rename, tag, delete and restore experiments."""


@experiments.command(name="list")
@click.option("--deleted", is_flag=True, help="Those that were deleted.")
@json_option
@store_option
def list_experiments(deleted: bool, as_json: bool) -> None:
    """List experiments, the last changed first."""
    store = open_store()
    found = store.experiments.list(lifecycle="deleted" if deleted else "active")
    counts = store.experiments.run_counts()
    if as_json:
        documents = [experiment_document(each, counts.get(each.experiment_id, 0)) for each in found]
        print_json({"experiments": documents})
    elif not found:
        click.echo(
            "No deleted experiments." if deleted else "No experiments. `nbtrack experiments create NAME` makes one."
        )
    else:
        now_ms = clock.now_ms()
        columns = [Column("ID"), Column("NAME"), Column("RUNS", is_number=True), Column("CHANGED")]
        print_table(
            columns,
            [
                (
                    each.experiment_id,
                    each.name,
                    f"{counts.get(each.experiment_id, 0):,}",
                    ago(each.last_update_time, now_ms=now_ms),
                )
                for each in found
            ],
        )


@experiments.command()
@click.argument("experiment", type=ExperimentName())
@json_option
@store_option
def show(experiment: str, as_json: bool) -> None:
    """Show an experiment, by name or id."""
    store = open_store()
    found = find_experiment(store, experiment)
    count = store.experiments.run_counts().get(found.experiment_id, 0)
    if as_json:
        print_json(experiment_document(found, count))
        return
    print_pairs(
        {
            "Name": found.name,
            "Id": found.experiment_id,
            **({"Deleted": "yes"} if found.lifecycle_stage is Lifecycle.DELETED else {}),
            "Runs": f"{count:,}",
            "Made": moment(found.creation_time),
            "Changed": moment(found.last_update_time),
            **({"Artifacts": found.artifact_location} if found.artifact_location else {}),
        }
    )
    if found.tags:
        print_heading("Tags")
        print_pairs(found.tags)


@experiments.command()
@click.argument("name")
@click.option("--artifact-location", metavar="URI", help="Where the artifacts of its runs go.")
@json_option
@store_option
def create(name: str, artifact_location: str | None, as_json: bool) -> None:
    """Make an experiment."""
    made = open_store(may_create=True).experiments.create(name, tags={}, artifact_location=artifact_location)
    _tell("made", made, as_json=as_json)


@experiments.command()
@click.argument("experiment", type=ExperimentName())
@click.argument("new_name")
@json_option
@store_option
def rename(experiment: str, new_name: str, as_json: bool) -> None:
    """Give an experiment another name."""
    store = open_store()
    found = find_experiment(store, experiment, lifecycle=Lifecycle.ACTIVE)
    store.experiments.rename(found.experiment_id, new_name)
    _tell("renamed", store.experiments.get(found.experiment_id), as_json=as_json)


@experiments.command()
@click.argument("experiment", type=ExperimentName())
@yes_option
@json_option
@store_option
def delete(experiment: str, yes: bool, as_json: bool) -> None:
    """Delete an experiment and its runs. `nbtrack experiments restore` brings them back, until `nbtrack gc`."""
    store = open_store()
    found = find_experiment(store, experiment, lifecycle=Lifecycle.ACTIVE)
    if not yes:
        confirm(f"Delete the experiment {one_line(found.name)} and {_runs_of(store, found)}?")
    store.experiments.delete(found.experiment_id)
    _tell("deleted", found, as_json=as_json)


@experiments.command()
@click.argument("experiment", type=ExperimentName("deleted"))
@json_option
@store_option
def restore(experiment: str, as_json: bool) -> None:
    """Bring a deleted experiment back, with its runs."""
    store = open_store()
    found = find_experiment(store, experiment, lifecycle=Lifecycle.DELETED)
    store.experiments.restore(found.experiment_id)
    _tell("restored", found, as_json=as_json)


@experiments.command(name="set-tag")
@click.argument("experiment", type=ExperimentName())
@click.argument("key")
@click.argument("value")
@json_option
@store_option
def set_tag(experiment: str, key: str, value: str, as_json: bool) -> None:
    """Set a tag of an experiment."""
    store = open_store()
    found = find_experiment(store, experiment, lifecycle=Lifecycle.ACTIVE)
    store.experiments.set_tags(found.experiment_id, {key: value})
    _tell("tagged", found, as_json=as_json)


def _tell(done: str, experiment: Experiment, *, as_json: bool) -> None:
    if as_json:
        print_json({done: {"experiment_id": experiment.experiment_id, "name": experiment.name}})
    else:
        click.echo(f"{done.capitalize()}: {one_line(experiment.name)} (id {experiment.experiment_id}).")


def _runs_of(store: Store, experiment: Experiment) -> str:
    return "its " + counted(store.experiments.run_counts().get(experiment.experiment_id, 0), "run")
