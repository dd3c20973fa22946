from __future__ import annotations

import os

import click

from nbtrack.cli.options import store_option


@click.command()
@click.option("-h", "--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("-p", "--port", default=5000, show_default=True, help="Port; 0 takes a free one.")
@click.option("-w", "--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Processes to answer.")
@click.option("--dir", "--backend-store-uri", "store_uri", metavar="URI", help="Folder or tracking URI of the store.")
@click.option("--artifact-root", "--default-artifact-root", metavar="URI", help="Where new experiments keep artifacts.")
@click.option("--artifacts-destination", metavar="URI", help="Folder or URL behind the server for new artifacts.")
@click.option(
    "--allowed-hosts", default="", metavar="NAMES", help="Names (of a proxy: NAME:PORT) to answer under, by commas."
)
@store_option
def server(
    host: str,
    port: int,
    workers: int,
    store_uri: str | None,
    artifact_root: str | None,
    artifacts_destination: str | None,
    allowed_hosts: str,
) -> None:
    """Serve the store over MLflow's REST API, so that any MLflow client logs to it.

    NBTRACK_SERVER_TOKEN, if it is set, is the token that clients must send; they take it from MLFLOW_TRACKING_TOKEN.
    """
    from nbtrack.rest import TOKEN_VARIABLE, Locations, serve
    from nbtrack.tracking import get_tracking_uri

    uri = store_uri or get_tracking_uri()

    def announce(url: str) -> None:
        click.echo(f"Serving {uri} at {url}; Ctrl-C stops it. Clients: mlflow.set_tracking_uri({url!r})")
        if not url.startswith(("http://127.", "http://localhost", "http://[::1]")) and TOKEN_VARIABLE not in os.environ:
            click.echo(f"Whoever reaches this address can read and write. {TOKEN_VARIABLE} asks for a token.", err=True)

    serve(
        uri,
        host=host,
        port=port,
        workers=workers,
        allowed_hosts=tuple(allowed_hosts.split(",")),
        locations=Locations.of(artifact_root, artifacts_destination),
        on_ready=announce,
    )
