"""Run the scoring server until it is told to stop."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import uvicorn

from nbtrack.flavors import load_pyfunc
from nbtrack.serving.app import create_app
from nbtrack.web import LOOPBACK, SHUTDOWN_S, is_loopback, listen, patient_protocol, serve_app, url_of


def serve(
    model_directory: str | os.PathLike[str],
    *,
    host: str = "127.0.0.1",
    port: int = 5000,
    on_ready: Callable[[str], None] | None = None,
) -> None:
    """Serve a saved model and return when SIGTERM or SIGINT ends it.

    Parameters
    ----------
    model_directory
        The model folder.
    host
        Address to listen on. Only a loopback address checks the Host header of requests.
    port
        Port to listen on; 0 takes a free one.
    on_ready
        Called with the server's URL when it answers; by default one line is printed.

    Raises
    ------
    InvalidState
        The port is taken, or the address is none of this machine.
    """
    model = load_pyfunc(model_directory)
    listening = listen(host, port)
    app = create_app(model, allowed_hosts=LOOPBACK if is_loopback(listening) else None)

    def ready() -> None:
        (on_ready or _announce(Path(model_directory)))(url_of(host, listening))

    config = uvicorn.Config(
        app,
        http=patient_protocol(),
        ws="none",
        log_level="warning",
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=SHUTDOWN_S,
    )
    serve_app(config, listening, ready)


def _announce(model_directory: Path) -> Callable[[str], None]:
    def announce(url: str) -> None:
        sys.stdout.write(f"Serving {model_directory} at {url} (POST /invocations); Ctrl-C stops it.\n")
        sys.stdout.flush()

    return announce
