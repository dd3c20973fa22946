from __future__ import annotations

import click


@click.command()
@click.argument("model")
@click.option("-y", "--yes", is_flag=True, help="Sign without asking.")
def trust(model: str, yes: bool) -> None:
    """Show what loading MODEL (a folder or URI) would import, then sign it as trusted."""
    from nbtrack.models import imports_of_pickle, sign, trust_of
    from nbtrack.tracking.models import model_place

    folder = model_place(model).folder
    click.echo(f"{folder}: {trust_of(folder).value}")
    for file in sorted(folder.rglob("*.pkl")):
        click.echo(f"{file.relative_to(folder)} would import:")
        for name in imports_of_pickle(file):
            click.echo(f"  {name}")
    if yes or click.confirm("Loading it runs code of whoever made it. Trust it?"):
        sign(folder)
        click.echo("Signed with your key.")
