from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from nbtrack.entities import Batch, LoggedModel, Metric, NewRun
from nbtrack.errors import InvalidInput, InvalidPath, NotAStore, StoreTooNew, StoreUnavailable
from nbtrack.store import NewVersion, RunQuery, open_store
from nbtrack.store.sql import SqlStore, tables
from nbtrack.store.sql.database import Database
from nbtrack.store.sql.dialects import SqliteBackend
from nbtrack.store.sql.schema import HEAD, ensure_schema, migrate
from tests.store.contract import StoreContract
from tests.store.contract.making import new_run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "deep" / ".nbtrack"


@pytest.fixture
def store(folder: Path):
    opened = open_store(str(folder))
    yield opened
    opened.close()


class TestFolderStore(StoreContract):
    """The default store keeps the contract."""


class TestSqliteUri(StoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path):
        opened = open_store(f"sqlite:///{tmp_path}/runs.db")
        yield opened
        opened.close()


def test_the_folder_is_private_ignored_by_git_and_holds_no_absolute_path(store, folder: Path) -> None:
    run_id = new_run(store)
    store.artifacts.put_bytes(run_id, "a.txt", b"x")
    assert (folder / ".gitignore").read_text() == "*\n"
    assert (folder / "nbtrack.db").stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    store.close()
    content = b"".join(file.read_bytes() for file in folder.glob("nbtrack.db*"))
    assert str(folder).encode() not in content


def test_a_moved_folder_is_the_same_store(store, folder: Path, tmp_path: Path) -> None:
    run_id = new_run(store)
    store.artifacts.put_bytes(run_id, "a.txt", b"x")
    store.close()
    shutil.move(folder, tmp_path / "moved")
    moved = open_store(str(tmp_path / "moved"))
    assert moved.artifacts.local_path(run_id, "a.txt").read_bytes() == b"x"
    assert moved.runs.get(run_id).info.artifact_uri == str(tmp_path / "moved" / "artifacts" / run_id)
    moved.close()


@pytest.mark.filterwarnings("ignore:.*expression-based index")
def test_migrations_from_nothing_lead_to_the_tables(tmp_path: Path) -> None:
    database = Database(SqliteBackend(tmp_path / "x.db"), uri="store")
    with database.transaction() as connection:
        migrate(connection)
    with database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables.metadata) == []
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one() == HEAD
        assert connection.scalar(sa.select(tables.experiments.c.name)) == "Default"
    database.close()


def test_migrations_make_the_indexes_that_a_new_store_has(store, folder: Path, tmp_path: Path) -> None:
    database = Database(SqliteBackend(tmp_path / "x.db"), uri="store")
    with database.transaction() as connection:
        migrate(connection)
    database.close()
    names = "SELECT name, tbl_name, sql LIKE '%WHERE%' FROM sqlite_master WHERE type = 'index' ORDER BY name"
    new_run(store)
    found = []
    for file in (tmp_path / "x.db", folder / "nbtrack.db"):
        with closing(sqlite3.connect(file)) as connection:
            found.append(connection.execute(names).fetchall())
    assert found[0] == found[1]


def test_a_store_of_a_newer_schema_is_left_alone(store, folder: Path) -> None:
    store.close()
    with sqlite3.connect(folder / "nbtrack.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(StoreTooNew, match="pip install -U nbtrack"):
        open_store(str(folder))


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_text("not a database, but long enough to have a header of its own" * 20)
    with pytest.raises(NotAStore, match="is not an nbtrack store"):
        open_store(f"sqlite:///{tmp_path}/x.db")


def test_a_database_of_something_else_is_named(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "x.db") as connection:
        connection.execute("CREATE TABLE recipes (name)")
    connection.close()
    with pytest.raises(NotAStore, match="recipes"):
        open_store(f"sqlite:///{tmp_path}/x.db")


def test_a_file_in_the_place_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / ".nbtrack").write_text("")
    with pytest.raises(NotAStore, match="is a file"):
        open_store(str(tmp_path / ".nbtrack"))


def test_a_place_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises((NotAStore, StoreUnavailable), match="set_tracking_uri"):
        open_store(str(tmp_path / "file" / ".nbtrack"))


def test_an_unwritable_folder_is_named(tmp_path: Path) -> None:
    # Root may write anywhere, so the kernel's own read-only folder stands in for a folder without permission.
    place = "/proc/.nbtrack" if os.geteuid() == 0 else str(tmp_path / "locked" / ".nbtrack")
    (tmp_path / "locked").mkdir(mode=0o500)
    with pytest.raises(StoreUnavailable, match="Choose a writable place"):
        open_store(place)


@pytest.mark.parametrize("uri", ["mysql://u:secret@h/x", "ftp://x"])
def test_an_unknown_kind_of_uri_is_refused_without_its_password(uri: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        open_store(uri)
    assert "secret" not in str(raised.value)


def test_artifacts_behind_links_are_refused(store, folder: Path, tmp_path: Path) -> None:
    run_id = new_run(store)
    store.artifacts.put_bytes(run_id, "a.txt", b"x")
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "artifacts" / run_id / "link.txt").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(InvalidPath, match="link"):
        store.artifacts.local_path(run_id, "link.txt")
    assert [entry.path for entry in store.artifacts.list(run_id)] == ["a.txt"]


CREATE = """
import sys, uuid
from nbtrack.entities import NewRun
from nbtrack.store import open_store
store = open_store(sys.argv[1])
for n in range(20):
    store.runs.create([NewRun(uuid.uuid4().hex, "r", "0", n)])
"""


def test_many_processes_create_and_fill_a_store_at_the_same_instant(folder: Path) -> None:
    processes = [
        subprocess.Popen([sys.executable, "-c", CREATE, str(folder)], stderr=subprocess.PIPE, text=True)
        for _ in range(6)
    ]
    for process in processes:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
    store = open_store(str(folder))
    assert store.experiments.run_counts() == {"0": 120}
    store.close()


def test_a_forked_child_writes_without_disturbing_its_parent(store) -> None:
    run_id = new_run(store)
    child = os.fork() if hasattr(os, "fork") else None
    if child == 0:
        try:
            new_run(store)
            os._exit(0)
        except BaseException:
            os._exit(1)
    assert child is not None
    assert os.waitpid(child, 0)[1] == 0
    assert store.runs.get(run_id)
    assert store.experiments.run_counts() == {"0": 2}


def test_in_a_folder_that_was_there_artifacts_are_for_the_users_eyes_alone(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    store = open_store(str(tmp_path))
    run_id = uuid.uuid4().hex
    store.artifacts.put_bytes(run_id, "a/b/c.txt", b"text")
    for place in ("artifacts", f"artifacts/{run_id}", f"artifacts/{run_id}/a", f"artifacts/{run_id}/a/b"):
        assert (tmp_path / place).stat().st_mode & 0o777 == 0o700
    assert (tmp_path / f"artifacts/{run_id}/a/b/c.txt").stat().st_mode & 0o777 == 0o600
    store.close()


def test_more_threads_may_write_at_once_than_a_pool_has_connections(tmp_path: Path) -> None:
    store = open_store(str(tmp_path))
    run_id = uuid.uuid4().hex
    store.runs.create([NewRun(run_id, "r", "0", 1)])
    with ThreadPoolExecutor(40) as threads:
        list(threads.map(lambda n: store.runs.log(run_id, Batch(params={f"p{n}": "1"})), range(40)))
    assert len(store.runs.get(run_id).data.params) == 40
    store.close()


@pytest.mark.parametrize(
    "text",
    [
        "params.a in (" + ",".join(["'x'"] * 4_900) + ")",
        "not (" * 40 + " or ".join(["metrics.a < 1 and tags.b = 'c'"] * 200) + ")" * 40,
        " and ".join(["metrics.a between 1 and 2"] * 500),
    ],
    ids=lambda text: text[:20],
)
def test_more_conditions_than_sqlite_takes_are_the_callers_mistake(store, text: str) -> None:
    with pytest.raises(InvalidInput, match="several searches"):
        store.runs.search(RunQuery(filter=text))


@pytest.mark.skipif(sys.version_info < (3, 11), reason="limits can't be set")
def test_more_is_read_and_deleted_than_a_statement_takes_values(tmp_path: Path) -> None:
    backend = SqliteBackend(tmp_path / "nbtrack.db")

    def limit(connection: sqlite3.Connection, _record: object) -> None:
        connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 100)

    sa.event.listen(backend._engine, "connect", limit)
    database = Database(backend, uri="test", prepare=ensure_schema)
    store = SqlStore(database, str(tmp_path / "artifacts"), uri="test", outbox=tmp_path / "outbox")
    run_ids = [uuid.uuid4().hex for _ in range(150)]
    store.runs.create([NewRun(run_id, "r", "0", 1) for run_id in run_ids])
    model = LoggedModel("", run_ids[0], "", "m", "sklearn", 1, 1)
    models = tuple(replace(model, model_id=run_id, path=run_id) for run_id in run_ids)
    store.runs.log(run_ids[0], Batch(models=models))
    for name in run_ids:
        store.registry.create_version(NewVersion(name, f"models:/{name}", 1))
        store.experiments.create(name, tags={"a": "b"})
    assert len(store.runs.summaries_of(run_ids)) == 150
    assert len(store.models.of_run(run_ids[0])) == 150
    assert len(store.registry.list()) == 150
    assert len(store.registry.versions_of("models:/")) == 150
    assert len(store.experiments.list()) == 151
    store.runs.delete(run_ids)
    assert store.experiments.run_counts().get("0", 0) == 0
    store.close()


@pytest.mark.parametrize(("disorder", "are_all"), [(0, True), (100, True), (10_000, False)])
def test_blocks_are_of_points_that_were_logged_about_in_order(store: SqlStore, disorder: int, are_all: bool):
    run_id, chance = new_run(store), random.Random(1)  # noqa: S311 a fixed seed
    steps = sorted(range(10_000), key=lambda step: step + chance.uniform(0, disorder))
    for start in range(0, len(steps), 200):
        points = tuple(Metric("m", 1.0, 0, step) for step in steps[start : start + 200])
        store.runs.log(run_id, Batch(points))
    with closing(sqlite3.connect(Path(store.uri) / "nbtrack.db")) as database:
        (found,) = database.execute("SELECT count(*) FROM metric_blocks").fetchone()
    assert (found == 10_000 // 256) is are_all


def test_a_connection_that_is_in_use_when_the_store_closes_is_closed_when_it_comes_back(store, folder: Path) -> None:
    backend = SqliteBackend(folder / "nbtrack.db")
    with backend.reading() as connection:
        used = connection.connection.dbapi_connection
        backend.close()
        assert connection.exec_driver_sql("SELECT count(*) FROM runs").scalar() == 0
    with pytest.raises(sqlite3.ProgrammingError, match="closed database"):
        used.execute("SELECT 1")
    with backend.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM runs").scalar() == 0
    backend.close()
