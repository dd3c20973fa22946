from __future__ import annotations

import sys
from pathlib import Path
from urllib.parse import quote

import click


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def lab(arguments: tuple[str, ...]) -> None:
    """Open JupyterLab with the nbtrack sidebar; takes a notebook and the options of `jupyter lab`."""
    from jupyterlab.labapp import main

    sys.exit(main(lab_options(arguments, Path.cwd())))


def lab_options(arguments: tuple[str, ...], working_folder: Path) -> list[str]:
    """Return the options for `jupyter lab`: a notebook below the working folder becomes part of the start address."""
    options = [argument for argument in arguments if argument.startswith("-")]
    others = [argument for argument in arguments if not argument.startswith("-")]
    tree = ""
    if len(others) == 1 and (working_folder / others[0]).is_file():
        notebook = (working_folder / others.pop()).resolve()
        if not notebook.is_relative_to(working_folder.resolve()):
            return [str(notebook), *options]  # outside the server's root: Lab makes its folder the root
        tree = "/tree/" + quote(notebook.relative_to(working_folder.resolve()).as_posix())
    return [*others, f"--LabApp.default_url=/lab{tree}?nbtrack", *options]
