from __future__ import annotations

import sys

import click


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def lab(arguments: tuple[str, ...]) -> None:
    """Open JupyterLab; takes the options of `jupyter lab`."""
    from jupyterlab.labapp import main

    sys.exit(main([*arguments]))
