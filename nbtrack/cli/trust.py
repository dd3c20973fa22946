from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import click

from nbtrack.cli.opening import check_model_store
from nbtrack.cli.options import store_option
from nbtrack.cli.output import print_json
from nbtrack.cli.text import printable

if TYPE_CHECKING:
    from nbtrack.flavors import Inspection


@click.command()
@click.argument("model")
@click.option("-y", "--yes", is_flag=True, help="Sign without asking.")
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON; sign with --yes only.")
@store_option
def trust(model: str, yes: bool, as_json: bool) -> None:
    """Show what loading MODEL (a folder or URI) would import and run, then sign it as trusted."""
    from nbtrack.flavors import inspect_model
    from nbtrack.models import digests_of, sign, trust_of
    from nbtrack.tracking.models import model_place

    check_model_store(model)
    folder = model_place(model).folder
    seen = digests_of(folder)
    found = inspect_model(folder)
    if as_json:
        if yes:
            sign(folder, seen)
        print_json({"folder": str(folder), "trust": trust_of(folder).value, **dataclasses.asdict(found)})
        return
    click.echo(f"{printable(str(folder))}: {trust_of(folder).value}")
    _show(found)
    if yes or click.confirm("Loading it runs code of whoever made it. Trust it?"):
        sign(folder, seen)
        click.echo("Signed with your key.")


def _show(found: Inspection) -> None:
    for line in found.runs:
        click.echo(f"Loading it {printable(line)}.")
    for title, by_path in (
        ("would import", found.imports),
        ("imports", found.sources),
        ("holds objects of types that nobody reviewed", found.unreviewed),
    ):
        for path, names in by_path.items():
            click.echo(f"{printable(path)} {title}:" if names else f"{printable(path)} {title}: nothing")
            for name in names:
                click.echo(f"  {printable(name)}")
    for path in found.binaries:
        click.echo(f"{printable(path)} is compiled code, which can't be looked into.")
