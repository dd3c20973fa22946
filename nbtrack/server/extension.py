"""The extension as Jupyter Server loads it: wiring only."""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from jupyter_server.extension.application import ExtensionApp
from tornado.ioloop import IOLoop

from nbtrack.rest import Intake, RestApp
from nbtrack.rest import Services as RestServices
from nbtrack.server.adapter import url_handlers
from nbtrack.server.asgi import MOUNT, AsgiHandler
from nbtrack.server.deployments import Deployments
from nbtrack.server.evaluations import Evaluations
from nbtrack.server.events import SCHEMA, STORE_CHANGED, Topic
from nbtrack.server.poller import StorePoller
from nbtrack.server.routes import ROUTES
from nbtrack.server.services import Services, SharedStore
from nbtrack.settings import (
    FRONTEND_VARIABLE,
    SERVER_ROOT_VARIABLE,
    SHOW_SIDEBAR_VARIABLE,
    TRACKING_URI_VARIABLE,
    discover_tracking_uri,
)

if TYPE_CHECKING:
    from jupyter_events import EventLogger
    from jupyter_server.serverapp import ServerApp

MAX_THREADS = 8


class NbtrackApp(ExtensionApp):
    """Serves ``/nbtrack/api`` and MLflow's REST API, and tells browsers what changed."""

    name = "nbtrack"
    load_other_extensions = True

    def initialize_settings(self) -> None:
        """Resolve the store, tell kernels of it, and make what the handlers share."""
        server = cast("ServerApp", self.serverapp)
        self._events = cast("EventLogger", server.event_logger)
        self._events.register_event_schema(SCHEMA)
        if os.environ.get(SHOW_SIDEBAR_VARIABLE):
            self.settings.setdefault("page_config_data", {})["nbtrackShowSidebar"] = "true"
        root = Path(server.root_dir).expanduser()
        uri = export_store(root)
        self._loop, self._seq = IOLoop.current(), 0
        self._threads = ThreadPoolExecutor(MAX_THREADS, thread_name_prefix="nbtrack")
        self._services = Services(
            SharedStore(uri),
            Deployments(root, on_change=partial(self._announce, "deployments")),
            Evaluations(root, on_change=partial(self._announce, "evaluations")),
        )
        self._rest = RestApp(RestServices(self._services.shared_store.get, intake=Intake()))
        self._poller = StorePoller(self._services.shared_store, on_change=self._store_changed, log=self.log)
        self._loop.add_callback(self._poller.start)

    def initialize_handlers(self) -> None:
        """Hand the table of routes to Tornado."""
        self.handlers.extend(url_handlers(ROUTES, self._services, self._threads))
        self.handlers.append((f"{MOUNT}/.*", AsgiHandler, {"app": self._rest}))

    async def stop_extension(self) -> None:
        """End children and threads; called when the server stops."""
        await asyncio.get_running_loop().run_in_executor(None, self._close)

    def _close(self) -> None:
        self._poller.close()
        self._rest.close()
        self._services.close()
        self._threads.shutdown(cancel_futures=True)

    def _store_changed(self, seq: int) -> None:
        self._seq = seq
        self._announce("store")

    def _announce(self, topic: Topic) -> None:
        # Called in threads; add_callback is the loop's one method that may be.
        self._loop.add_callback(self._emit, {"seq": self._seq, "topic": topic})

    def _emit(self, event: dict[str, object]) -> None:
        self._events.emit(schema_id=STORE_CHANGED, data=event)


def export_store(root: Path) -> str:
    """Resolve the store as seen from the server's root folder, and name it to the kernels to come.

    A kernel works in its notebook's folder; without the variable it would find, or make, another store. It is told
    the root too: notebooks are known by their path below it.
    """
    uri = discover_tracking_uri(root)
    if "://" not in uri and not uri.startswith("file:"):
        uri = str((root / Path(uri).expanduser()).absolute())
    os.environ[TRACKING_URI_VARIABLE] = uri
    os.environ[FRONTEND_VARIABLE] = "lab"
    os.environ[SERVER_ROOT_VARIABLE] = str(root.absolute())
    return uri
