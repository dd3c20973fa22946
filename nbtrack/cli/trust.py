from __future__ import annotations

import pickle
from pathlib import Path

import click

from nbtrack.cli.opening import check_model_store
from nbtrack.cli.options import store_option
from nbtrack.cli.output import print_json
from nbtrack.cli.text import printable

_ZIP = b"PK"
"""How a skops file starts, and no pickle that can be loaded."""


@click.command()
@click.argument("model")
@click.option("-y", "--yes", is_flag=True, help="Sign without asking.")
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON; sign with --yes only.")
@store_option
def trust(model: str, yes: bool, as_json: bool) -> None:
    """Show what loading MODEL (a folder or URI) would import, then sign it as trusted."""
    from nbtrack.models import imports_of_pickle, sign, trust_of
    from nbtrack.tracking.models import model_place

    check_model_store(model)
    folder = model_place(model).folder
    imports = {file.relative_to(folder).as_posix(): list(imports_of_pickle(file)) for file in pickles_in(folder)}
    if as_json:
        if yes:
            sign(folder)
        print_json({"folder": str(folder), "trust": trust_of(folder).value, "imports": imports})
        return
    click.echo(f"{printable(str(folder))}: {trust_of(folder).value}")
    for path, names in imports.items():
        click.echo(f"{printable(path)} would import:")
        for name in names:
            click.echo(f"  {printable(name)}")
    if yes or click.confirm("Loading it runs code of whoever made it. Trust it?"):
        sign(folder)
        click.echo("Signed with your key.")


def pickles_in(folder: Path) -> list[Path]:
    """Return the files of a model folder that are pickles, whatever they are called, and those that it loads as such.

    Pickles of the oldest protocols can't be told by their start; but only what the MLmodel file names is loaded.
    """
    from nbtrack.models import Model

    sections = Model.load(folder).flavors.values()
    named = {value for section in sections for value in section.values() if isinstance(value, str)}
    found = []
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        with file.open("rb") as stream:
            start = stream.read(len(_ZIP))
        is_named = file.relative_to(folder).as_posix() in named and start != _ZIP
        if is_named or start.startswith(pickle.PROTO) or file.suffix == ".pkl":
            found.append(file)
    return found
