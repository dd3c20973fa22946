from __future__ import annotations

from pathlib import Path

import pytest

from nbtrack.rest import Intake, RestApp, Services
from nbtrack.store import open_store
from nbtrack.store.http import HttpStore
from tests.store.contract import StoreContract
from tests.store.tracking_servers import serving


@pytest.fixture
def nbtrack_server(tmp_path: Path):
    served = open_store(str(tmp_path / "served"))
    app = RestApp(Services(lambda: served, intake=Intake()))
    with serving(app) as port:
        yield f"http://127.0.0.1:{port}"
    app.close()
    served.close()


@pytest.fixture
def store(nbtrack_server: str, tmp_path: Path):
    opened = HttpStore(nbtrack_server, outbox=tmp_path / "outbox")
    yield opened
    opened.close()


class TestOnNbtracksServer(StoreContract):
    """An nbtrack server keeps the contract over HTTP."""
