from __future__ import annotations

import click

from nbtrack.cli.lazy import LazyGroup
from nbtrack.cli.options import STORE_HELP, choose_store
from nbtrack.cli.output import wants_color
from nbtrack.version import __version__

COMMANDS = {
    "completion": "nbtrack.cli.completion:completion",
    "doctor": "nbtrack.cli.doctor:doctor",
    "evaluate": "nbtrack.cli.evaluate:evaluate",
    "experiments": "nbtrack.cli.experiments:experiments",
    "export": "nbtrack.cli.exporting:export",
    "import": "nbtrack.cli.importing:import_runs",
    "gc": "nbtrack.cli.gc:gc",
    "lab": "nbtrack.cli.lab:lab",
    "merge": "nbtrack.cli.merging:merge",
    "models": "nbtrack.cli.models:models",
    "runs": "nbtrack.cli.runs:runs",
    "server": "nbtrack.cli.server:server",
    "trust": "nbtrack.cli.trust:trust",
}
"""A command's module is imported for its help too: what is heavy is imported inside its functions."""


@click.group(
    cls=LazyGroup, places=COMMANDS, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__)
@click.option("-s", "--store", metavar="URI", expose_value=False, is_eager=True, callback=choose_store, help=STORE_HELP)
@click.pass_context
def main(context: click.Context) -> None:
    """Experiment tracking that lives in JupyterLab."""
    context.color = wants_color()
