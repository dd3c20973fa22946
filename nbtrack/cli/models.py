from __future__ import annotations

import click

from nbtrack.cli import registry
from nbtrack.cli.opening import check_model_store
from nbtrack.cli.options import store_option
from nbtrack.cli.predict import predict


@click.group()
def models() -> None:
    """Register, promote, look at, predict with and serve models."""


models.add_command(predict)
for command in registry.COMMANDS:
    models.add_command(command)


@models.command()
@click.option(
    "-m", "--model", "model_uri", required=True, metavar="URI", help="Folder, runs:/... or models:/NAME/VERSION."
)
@click.option("-p", "--port", default=5000, show_default=True, help="Port; 0 takes a free one.")
@click.option("-h", "--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--env-manager", hidden=True, help="Accepted for MLflow's callers; models run in this environment.")
@store_option
def serve(model_uri: str, port: int, host: str, env_manager: str | None) -> None:  # noqa: ARG001
    """Serve a model: /invocations, /ping, /health and /version."""
    from nbtrack.serving import serve as serve_folder
    from nbtrack.tracking.models import model_place

    check_model_store(model_uri)
    serve_folder(model_place(model_uri).folder, host=host, port=port)
