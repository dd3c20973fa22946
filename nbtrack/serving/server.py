"""Run the scoring server until it is told to stop."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import uvicorn

from nbtrack.errors import InvalidState
from nbtrack.flavors import load_pyfunc
from nbtrack.serving.app import create_app

_SHUTDOWN_S = 5


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
    listening = _listen(host, port)
    url = _url(host, listening.getsockname()[1])
    app = create_app(model, any_host=not _is_loopback_address(listening))

    def ready() -> None:
        (on_ready or _announce(Path(model_directory)))(url)

    config = uvicorn.Config(
        app, log_level="warning", access_log=False, lifespan="off", timeout_graceful_shutdown=_SHUTDOWN_S
    )
    server = _Server(config, ready)
    with _quiet_termination(server), suppress(KeyboardInterrupt):
        server.run(sockets=[listening])


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    if os.name == "posix":
        # A server that just ended leaves its port in TIME_WAIT; on Windows the option would share a live one.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(socket.SOMAXCONN)
    except (OSError, OverflowError) as error:
        listening.close()
        reason = getattr(error, "strerror", None) or error
        raise InvalidState(f"Can't serve on {host} port {port}: {reason}. Choose another with -p PORT.") from None
    return listening


def _is_loopback_address(listening: socket.socket) -> bool:
    address = str(listening.getsockname()[0])
    return address.startswith("127.") or address == "::1"


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _announce(model_directory: Path) -> Callable[[str], None]:
    def announce(url: str) -> None:
        sys.stdout.write(f"Serving {model_directory} at {url} (POST /invocations); Ctrl-C stops it.\n")
        sys.stdout.flush()

    return announce


@contextmanager
def _quiet_termination(server: uvicorn.Server) -> Iterator[None]:
    """Let SIGTERM end the server and not the process: uvicorn raises it again once it has shut down."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: object) -> None:
        server.should_exit = True

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
