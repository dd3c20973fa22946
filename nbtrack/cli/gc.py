"""`nbtrack gc`."""

from __future__ import annotations

from collections.abc import Sequence

import click

from nbtrack import clock
from nbtrack.cli.amounts import ago, counted, size
from nbtrack.cli.documents import Document
from nbtrack.cli.lookup import find_experiment, find_run
from nbtrack.cli.names import ExperimentName, RunName
from nbtrack.cli.opening import open_store
from nbtrack.cli.options import json_option, store_option, yes_option
from nbtrack.cli.output import confirm, print_json, print_table
from nbtrack.cli.table import Column
from nbtrack.cli.text import one_line
from nbtrack.entities import Lifecycle
from nbtrack.store.filters import parse_duration
from nbtrack.tracking.purging import Garbage, Gone, Kept, artifacts_of, find_garbage, purge


@click.command()
@click.option("--older-than", metavar="AGE", help="Only what was deleted so long ago, as in 30d, 12h.")
@click.option("-e", "--experiment", metavar="NAME", type=ExperimentName("deleted"), help="Only this one and its runs.")
@click.option("-r", "--run", "run", metavar="RUN", type=RunName("deleted"), help="Only this run.")
@click.option("--dry-run", is_flag=True, help="Show what would go, and how many bytes.")
@yes_option
@json_option
@store_option
def gc(
    older_than: str | None, experiment: str | None, run: str | None, dry_run: bool, yes: bool, as_json: bool
) -> None:
    """Delete for good what was deleted: runs, models, experiments and their artifacts."""
    store = open_store()
    garbage = find_garbage(
        store,
        older_than_ms=0 if older_than is None else parse_duration(older_than),
        experiment_ids=None if experiment is None else [find_experiment(store, experiment).experiment_id],
        run_ids=None if run is None else [find_run(store, run, lifecycle=Lifecycle.DELETED).info.run_id],
    )
    if dry_run:
        looked_at: list[Gone | Kept] = [Gone(item, artifacts_of(store, item)) for item in garbage.going]
        _tell([*looked_at, *garbage.kept], is_done=False, as_json=as_json)
        return
    if garbage.going and not yes:
        confirm(f"Delete {_counts(garbage)} for good?")
    outcomes = [*purge(store, garbage), *garbage.kept]
    _tell(outcomes, is_done=True, as_json=as_json)


def _counts(garbage: Garbage) -> str:
    kinds = [item.kind for item in garbage.going]
    return ", ".join(counted(kinds.count(kind), kind) for kind in ("run", "model", "experiment") if kind in kinds)


def _tell(outcomes: Sequence[Gone | Kept], *, is_done: bool, as_json: bool) -> None:
    gone = [outcome for outcome in outcomes if isinstance(outcome, Gone)]
    kept = [outcome for outcome in outcomes if isinstance(outcome, Kept)]
    total = sum(outcome.artifacts.size_bytes for outcome in gone)
    if as_json:
        print_json(
            {
                "dry_run": not is_done,
                "deleted": [_gone_document(outcome) for outcome in gone],
                "kept": [_kept_document(outcome) for outcome in kept],
                "size_bytes": total,
            }
        )
        return
    _print_gone(gone)
    for outcome in kept:
        item = outcome.discarded
        click.echo(f"Stays: {item.kind} {one_line(item.name)}, {one_line(outcome.reason)}.")
    for uri in (uri for outcome in gone for uri in outcome.artifacts.left_alone):
        click.echo(f"Left alone, since other files may lie there, too: {one_line(uri)}")
    if gone:
        click.echo(f"{'Deleted' if is_done else 'Would delete'} {size(total)} of artifacts.")
    elif not kept:
        click.echo("Nothing to delete for good. `nbtrack runs delete` and `nbtrack experiments delete` come before.")


def _print_gone(gone: Sequence[Gone]) -> None:
    if not gone:
        return
    now_ms = clock.now_ms()
    columns = [Column("KIND"), Column("NAME"), Column("ID"), Column("DELETED"), Column("ARTIFACTS", is_number=True)]
    rows = [
        (item.kind, item.name, item.id, ago(item.deleted_at_ms, now_ms=now_ms), size(outcome.artifacts.size_bytes))
        for outcome in gone
        for item in [outcome.discarded]
    ]
    print_table(columns, rows)


def _gone_document(outcome: Gone) -> Document:
    item = outcome.discarded
    return {
        "kind": item.kind,
        "id": item.id,
        "name": item.name,
        "experiment_id": item.experiment_id,
        "deleted_at": item.deleted_at_ms,
        "size_bytes": outcome.artifacts.size_bytes,
        "artifacts_left_alone": list(outcome.artifacts.left_alone),
    }


def _kept_document(outcome: Kept) -> Document:
    item = outcome.discarded
    return {"kind": item.kind, "id": item.id, "name": item.name, "reason": outcome.reason}
