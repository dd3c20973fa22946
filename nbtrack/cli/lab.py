from __future__ import annotations

import os
import sys
from pathlib import Path
from urllib.parse import quote

import click

from nbtrack.settings import SHOW_SIDEBAR_VARIABLE


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def lab(arguments: tuple[str, ...]) -> None:
    """Open JupyterLab with the nbtrack sidebar; takes a notebook and the options of `jupyter lab`."""
    from jupyterlab.labapp import main

    os.environ[SHOW_SIDEBAR_VARIABLE] = "1"
    sys.exit(main(lab_options(arguments, Path.cwd())))


def lab_options(arguments: tuple[str, ...], working_folder: Path) -> list[str]:
    """Return the options for `jupyter lab`.

    A notebook below the working folder becomes part of the start address, so that the address which Lab prints opens
    it too; Lab itself would open it only in the browser that it starts.
    """
    files = [a for a in arguments if not a.startswith("-") and (working_folder / a).is_file()]
    root = working_folder.resolve()
    if len(files) != 1 or not (root / files[0]).resolve().is_relative_to(root):
        return [*arguments]
    path = (root / files[0]).resolve().relative_to(root).as_posix()
    others = [argument for argument in arguments if argument != files[0]]
    return [f"--LabApp.default_url=/lab/tree/{quote(path)}", *others]
