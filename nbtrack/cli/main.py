from __future__ import annotations

import sys
from typing import Any

import click

from nbtrack.cli.evaluate import evaluate
from nbtrack.cli.lab import lab
from nbtrack.cli.models import models
from nbtrack.cli.runs import runs
from nbtrack.cli.trust import trust
from nbtrack.errors import NbtrackError
from nbtrack.tracking import set_tracking_uri
from nbtrack.version import __version__


class _Group(click.Group):
    """Shows nbtrack's own errors as one message, without a traceback."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except NbtrackError as error:
            click.echo(f"Error: {error}", err=True)
            sys.exit(1)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
@click.option("--store", metavar="URI", help="Tracking URI: a folder or sqlite:///FILE.")
def main(store: str | None) -> None:
    """Experiment tracking that lives in JupyterLab."""
    if store is not None:
        set_tracking_uri(store)


for command in (evaluate, lab, models, runs, trust):
    main.add_command(command)
