from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

import nbtrack
from nbtrack.store import Store
from nbtrack.tracking import background, current_store, end_run, open_runs
from tests.s3 import bucket, s3_environment, s3_server

__all__ = ["bucket", "s3_environment", "s3_server"]

# Machines that run tests are busy: how long an example takes says nothing.
settings.register_profile("nbtrack", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("nbtrack")

if TYPE_CHECKING:
    from tests.postgresql import PostgresqlServer


@pytest.fixture
def store_folder(tmp_path: Path) -> Path:
    return tmp_path / ".nbtrack"


@pytest.fixture
def store(store_folder: Path) -> Iterator[Store]:
    """Give a fresh store that is the open one of this process, and leave no run open behind the test."""
    nbtrack.set_tracking_uri(store_folder)
    yield current_store()
    background.wait()
    for run in reversed(open_runs()):
        end_run(run_id=run.info.run_id)
    nbtrack.set_tracking_uri(None)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresqlServer]:
    """Give a PostgreSQL server, one for all tests of a process."""
    from tests.postgresql import PostgresqlServer

    server = PostgresqlServer()
    yield server
    server.close()


@pytest.fixture
def postgresql_uri(postgresql: PostgresqlServer, user_data: Path) -> Iterator[str]:
    """Give the URI of a database that holds an empty store."""
    name = postgresql.create_database()
    yield postgresql.uri(name)
    postgresql.drop_database(name)


@pytest.fixture
def user_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What is kept for the user, and not for a store in a folder, lies in the test's folder."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "user-data"))
    return tmp_path / "user-data" / "nbtrack"


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Ctrl-C means KeyboardInterrupt, as in a terminal; whoever runs the tests in the background has it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def isolated(store_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the machine's own settings, and a working folder of its own."""
    monkeypatch.chdir(tmp_path)
    for name in ("NBTRACK_TRACKING_URI", "NBTRACK_EXPERIMENT_NAME"):
        monkeypatch.delenv(name, raising=False)
