from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from nbtrack.cli.moments import Moment
from nbtrack.cli.options import json_option, store_option
from nbtrack.cli.transfers import bring, recheck_option


@click.command(name="import")
@click.argument("source")
@click.option(
    "-e", "--experiment", "experiments", multiple=True, metavar="NAME", help="Only this one; may be repeated."
)
@click.option("--since", "since_ms", type=Moment(), metavar="AGE|DATE", help="Only runs started since: 7d, 2025-03-01.")
@click.option("--no-artifacts", is_flag=True, help="Leave out the files of runs and models.")
@click.option(
    "--artifacts-from",
    "allowed",
    multiple=True,
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    help="A folder outside of the source that files may be taken from; may be repeated.",
)
@recheck_option
@click.option("--dry-run", is_flag=True, help="Only tell what would come.")
@json_option
@store_option
@click.pass_context
def import_runs(
    context: click.Context,
    source: str,
    experiments: tuple[str, ...],
    since_ms: int | None,
    no_artifacts: bool,
    allowed: tuple[Path, ...],
    recheck: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Copy runs from elsewhere into the store.

    SOURCE is an mlruns folder, an mlflow.db, the URL of a server that speaks MLflow's REST API, a zip file that
    `nbtrack export` wrote, another store, or a log folder of TensorBoard. What is in the store already stays as it is;
    importing again brings what is new, and goes on where an import was interrupted. Runs that came before and look the
    same at the source since are not read again. The exit code is 1 if something was left out.
    """
    from nbtrack.transfer import Choice, import_into

    choice = Choice(experiments=experiments, since_ms=since_ms)
    transfer = partial(
        import_into,
        place=source,
        choice=choice,
        allowed=allowed,
        with_artifacts=not no_artifacts,
        is_recheck=recheck,
    )
    bring(context, "importing", transfer, is_dry_run=dry_run, as_json=as_json)
