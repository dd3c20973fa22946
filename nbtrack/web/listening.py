"""Listen on a port and serve until told to stop."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import uvicorn

from nbtrack.errors import InvalidState

SHUTDOWN_S = 5


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 takes a free one.

    Raises
    ------
    InvalidState
        The port is taken, or the address is none of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Told that it is TCP, asyncio sends small answers at once; else the client waits 40 ms for each.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
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


def url_of(host: str, listening: socket.socket) -> str:
    """Return the URL of a server that listens."""
    port = listening.getsockname()[1]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def is_loopback(listening: socket.socket) -> bool:
    """Tell whether only this machine can connect."""
    address = str(listening.getsockname()[0])
    return address.startswith("127.") or address == "::1"


def serve_app(config: uvicorn.Config, listening: socket.socket, on_ready: Callable[[], None]) -> None:
    """Serve in this process; return when SIGTERM or SIGINT ends it."""
    server = _Server(config, on_ready)
    with _quiet_termination(server), suppress(KeyboardInterrupt):
        server.run(sockets=[listening])


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if not self.should_exit:
            self._on_ready()


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
