from __future__ import annotations

from functools import partial

import click

from nbtrack.cli.options import json_option, store_option
from nbtrack.cli.transfers import bring, recheck_option


@click.command()
@click.argument("other")
@click.option("--no-artifacts", is_flag=True, help="Leave out the files of runs and models.")
@recheck_option
@click.option("--dry-run", is_flag=True, help="Only tell what would come.")
@json_option
@store_option
@click.pass_context
def merge(context: click.Context, other: str, no_artifacts: bool, recheck: bool, dry_run: bool, as_json: bool) -> None:
    """Bring another store's runs into this one.

    OTHER is a store: a folder or a tracking URI. What only it has is copied; a run that both have gets what it lacks
    here. Where the two disagree, a param stays as it is here, and that is said. Merging again changes nothing.
    """
    from nbtrack.transfer import merge_into

    transfer = partial(merge_into, other=other, with_artifacts=not no_artifacts, is_recheck=recheck)
    bring(context, "merging", transfer, is_dry_run=dry_run, as_json=as_json)
