from __future__ import annotations

import os
import sys

import click

from nbtrack.settings import SHOW_SIDEBAR_VARIABLE


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def lab(arguments: tuple[str, ...]) -> None:
    """Open JupyterLab with the nbtrack sidebar; takes a notebook and the options of `jupyter lab`."""
    from jupyterlab.labapp import main

    os.environ[SHOW_SIDEBAR_VARIABLE] = "1"
    sys.exit(main([*arguments]))
