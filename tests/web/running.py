"""An ASGI application behind a real server, in a thread of this process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from nbtrack.web import AsgiApp, listen


@contextmanager
def serving(app: AsgiApp, **options: Any) -> Iterator[int]:
    """Give the port at which the application is served with uvicorn's ``options``."""
    listening = listen("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(app, ws="none", log_level="critical", **options))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    yield listening.getsockname()[1]
    server.should_exit = True
    thread.join()
