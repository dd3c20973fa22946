from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from nbtrack.entities import Batch, Dataset, DatasetInput
from nbtrack.errors import InvalidInput, NotAStore, StoreAway, StoreTooNew, StoreUnavailable
from nbtrack.store import Store, open_store
from nbtrack.store.sql import tables
from nbtrack.store.sql.database import Database
from nbtrack.store.sql.dialects import PostgresqlBackend
from nbtrack.store.sql.schema import HEAD, migrate
from tests.postgresql import PASSWORD, PostgresqlServer
from tests.store.contract import StoreContract
from tests.store.contract.making import new_run


@pytest.fixture
def store(postgresql_uri: str) -> Iterator[Store]:
    opened = open_store(postgresql_uri)
    yield opened
    opened.close()


@pytest.fixture
def empty(postgresql: PostgresqlServer, user_data: Path) -> Iterator[str]:
    """Give the name of a database without tables."""
    name = postgresql.create_database(is_empty=True)
    yield name
    postgresql.drop_database(name)


class TestPostgresqlStore(StoreContract):
    """PostgreSQL keeps the contract."""


OTHER_COLLATIONS = """
    SELECT c.relname, a.attname FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid JOIN pg_collation l ON l.oid = a.attcollation
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND l.collname <> 'C'
      AND c.relname <> 'alembic_version'
"""


@pytest.mark.parametrize("is_migrated", [True, False])
def test_migrating_and_creating_lead_to_the_tables(postgresql: PostgresqlServer, empty: str, is_migrated: bool) -> None:
    database = Database(PostgresqlBackend(postgresql.uri(empty)), uri="store")
    if is_migrated:
        with database.transaction() as connection:
            migrate(connection, target="0001")
    open_store(postgresql.uri(empty)).close()
    with database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables.metadata) == []
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one() == HEAD
        assert connection.scalar(sa.select(tables.experiments.c.name)) == "Default"
    database.close()
    # Texts are ordered by their characters, whatever the database's language is.
    assert postgresql.execute(OTHER_COLLATIONS, database=empty) == []


def test_a_store_of_a_newer_schema_is_left_alone(postgresql: PostgresqlServer, empty: str) -> None:
    open_store(postgresql.uri(empty)).close()
    postgresql.execute("UPDATE alembic_version SET version_num = '9999'", database=empty)
    with pytest.raises(StoreTooNew, match="pip install -U nbtrack"):
        open_store(postgresql.uri(empty))


def test_a_database_of_something_else_is_named_and_left_alone(postgresql: PostgresqlServer, empty: str) -> None:
    postgresql.execute("CREATE TABLE recipes (name text)", database=empty)
    with pytest.raises(NotAStore, match="recipes"):
        open_store(postgresql.uri(empty))
    assert postgresql.execute("SELECT relname FROM pg_stat_user_tables", database=empty) == [("recipes",)]


def test_a_schema_holds_a_store_beside_other_tables(postgresql: PostgresqlServer, empty: str) -> None:
    postgresql.execute("CREATE TABLE recipes (name text)", database=empty)
    stores = [open_store(f"{postgresql.uri(empty)}&schema={name}") for name in ("team_a", "team_b")]
    run_id = new_run(stores[0])
    assert stores[0].runs.get(run_id).info.run_id == run_id
    assert stores[1].experiments.run_counts() == {}
    assert stores[0].outbox != stores[1].outbox
    for each in stores:
        each.close()


@pytest.mark.parametrize("schema", ["a b", "x;DROP", "", 'a"b', "a,public"])
def test_a_schemas_name_is_plain(schema: str) -> None:
    with pytest.raises(InvalidInput, match="schema"):
        open_store(f"postgresql://localhost/db?schema={schema}")


def test_a_database_that_cannot_keep_every_text_is_refused(postgresql: PostgresqlServer, user_data: Path) -> None:
    name = postgresql.create_database(is_empty=True, options="ENCODING 'LATIN1' LOCALE 'C'")
    with pytest.raises(NotAStore, match="UTF8"):
        open_store(postgresql.uri(name))
    postgresql.drop_database(name)


class TestCredentials:
    @pytest.fixture
    def uri(self, postgresql: PostgresqlServer, empty: str) -> str:
        return postgresql.uri_with_password(empty)

    @pytest.mark.parametrize("scheme", ["postgresql", "postgresql+psycopg", "postgres"])
    def test_a_password_of_the_uri_is_used_and_never_shown(
        self, postgresql: PostgresqlServer, empty: str, uri: str, scheme: str, user_data: Path
    ) -> None:
        opened = open_store(uri.replace("postgresql", scheme, 1))
        new_run(opened)
        shown = [opened.uri, str(opened.outbox), repr(opened), repr(vars(opened.runs)), repr(opened._database.backend)]
        with pytest.raises(InvalidInput) as raised:
            opened.runs.get("a" * 20 + "\ud800")
        opened.close()
        shown += [str(raised.value), repr(raised.value.args)]
        dumped = postgresql.execute("SELECT query FROM pg_stat_activity", database=empty)
        assert not any(PASSWORD in text or "adm%2F" in text for text in [*shown, str(dumped)])
        assert "***" in opened.uri

    def test_libpqs_usual_places_have_the_password(
        self, postgresql: PostgresqlServer, empty: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bare = f"postgresql://admin@127.0.0.1:{postgresql.port}/{empty}"
        with monkeypatch.context() as patch:
            patch.setenv("PGPASSWORD", PASSWORD)
            open_store(bare).close()
        with monkeypatch.context() as patch:
            file = tmp_path / "pgpass"
            file.write_text(f"127.0.0.1:{postgresql.port}:*:admin:{PASSWORD.replace(':', chr(92) + ':')}\n")
            file.chmod(0o600)
            patch.setenv("PGPASSFILE", str(file))
            open_store(bare).close()
        with monkeypatch.context() as patch:
            file = tmp_path / "services"
            file.write_text(f"[team]\nhost={postgresql.folder}\nport={postgresql.port}\nuser=admin\ndbname={empty}\n")
            patch.setenv("PGSERVICEFILE", str(file))
            open_store("postgresql://?service=team").close()

    @pytest.mark.parametrize("password", [":wrong", ""])
    def test_a_wrong_password_is_told_with_what_to_do(
        self, postgresql: PostgresqlServer, empty: str, password: str
    ) -> None:
        with pytest.raises(StoreUnavailable, match=r"PGPASSWORD or ~/\.pgpass") as raised:
            open_store(f"postgresql://admin{password}@127.0.0.1:{postgresql.port}/{empty}")
        assert "wrong" not in str(raised.value)
        assert not isinstance(raised.value, StoreAway)

    def test_a_database_that_is_not_there_is_told_with_what_to_do(self, postgresql: PostgresqlServer) -> None:
        with pytest.raises(StoreUnavailable, match="createdb"):
            open_store(postgresql.uri("no_such"))

    @pytest.mark.parametrize(
        "uri", ["postgresql://u:secret@[x/db", "postgresql://u:sec%zzret@h/db", "postgresql://u:secret@h/db?nonsense=1"]
    )
    def test_a_uri_that_cannot_be_read_is_told_without_its_password(self, uri: str) -> None:
        with pytest.raises(InvalidInput, match="can't be read") as raised:
            open_store(uri)
        error: BaseException | None = raised.value
        while error is not None:
            assert "sec" not in str(error).replace("secret", "sec" if "secret" in str(error) else "")
            error = error.__cause__

    def test_other_credentials_and_other_names_of_a_place_mean_the_same_outbox(
        self, postgresql: PostgresqlServer, empty: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        by_uri = open_store(postgresql.uri(empty))
        monkeypatch.setenv("PGHOST", str(postgresql.folder))
        monkeypatch.setenv("PGPORT", str(postgresql.port))
        by_environment = open_store(f"postgresql://admin:any@/{empty}")
        assert by_environment.outbox == by_uri.outbox
        monkeypatch.setenv("PGHOST", "elsewhere")
        monkeypatch.setenv("PGCONNECT_TIMEOUT", "2")
        elsewhere = open_store(f"postgresql://admin@/{empty}")
        assert elsewhere.outbox != by_uri.outbox
        for each in (by_uri, by_environment, elsewhere):
            each.close()


CREATE = """
import sys, uuid
from nbtrack.entities import NewRun
from nbtrack.store import open_store
store = open_store(sys.argv[1])
for n in range(20):
    store.runs.create([NewRun(uuid.uuid4().hex, "r", "0", n)])
store.close()
"""


@pytest.mark.parametrize("options", ["", "&schema=team"])
def test_many_processes_create_and_fill_a_store_at_the_same_instant(
    postgresql: PostgresqlServer, empty: str, options: str
) -> None:
    uri = postgresql.uri(empty) + options
    processes = [
        subprocess.Popen([sys.executable, "-c", CREATE, uri], stderr=subprocess.PIPE, text=True) for _ in range(6)
    ]
    for process in processes:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
    store = open_store(uri)
    assert store.experiments.run_counts() == {"0": 120}
    assert store.seq() == 121
    store.close()


def test_many_threads_write_at_once(store: Store) -> None:
    run_id = new_run(store)
    with ThreadPoolExecutor(40) as threads:
        list(threads.map(lambda n: store.runs.log(run_id, Batch(params={f"p{n}": "1"})), range(40)))
    assert len(store.runs.get(run_id).data.params) == 40


def test_who_reads_by_the_change_counter_misses_nothing_while_many_write(store: Store, postgresql_uri: str) -> None:
    other = open_store(postgresql_uri)
    run_ids = [new_run(store) for _ in range(4)]
    is_over = threading.Event()

    def write(run_id: str) -> None:
        for number in range(25):
            other.runs.log(run_id, Batch(tags={"n": str(number)}))

    seen: dict[str, int] = {}
    with ThreadPoolExecutor(4) as threads:
        writing = [threads.submit(write, run_id) for run_id in run_ids]
        threading.Thread(target=lambda: ([each.result() for each in writing], is_over.set())).start()
        seq = 0
        while True:
            was_over = is_over.is_set()
            page = store.runs.summaries_since(seq)
            for run in page.runs:
                assert seq < run.seq <= page.seq
                seen[run.run_id] = run.seq
            seq = page.seq
            if was_over:
                break
    assert seen == {run.run_id: run.seq for run in store.runs.summaries().runs}
    other.close()


def test_a_reader_sees_one_state(store: Store) -> None:
    run_id = new_run(store)
    with store._database.reading() as connection:
        before = connection.scalar(sa.select(tables.runs.c.seq))
        store.runs.log(run_id, Batch(tags={"a": "1"}))
        assert connection.scalar(sa.select(tables.runs.c.seq)) == before


def test_who_stands_still_in_a_transaction_does_not_keep_the_others_waiting(
    store: Store, postgresql_uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = open_store(postgresql_uri)

    def stand_still() -> None:
        with ExitStack() as stack:
            with monkeypatch.context() as patch:
                patch.setattr("nbtrack.store.sql.dialects.postgresql.MAX_PAUSE_S", 0.2)
                connection = stack.enter_context(store._database.transaction())
            new_run(other)  # it waits until the server ends the transaction
            connection.execute(sa.select(1))

    with pytest.raises(StoreUnavailable):
        stand_still()
    assert other.experiments.run_counts() == store.experiments.run_counts() == {"0": 1}
    other.close()


def test_a_store_that_stays_locked_is_told(store: Store, postgresql_uri: str) -> None:
    other = open_store(postgresql_uri)
    with (
        store._database.transaction(),
        pytest.raises(StoreUnavailable, match="keeps it locked"),
        other._database.transaction(patience_s=0.1),
    ):
        pass
    other.close()


def test_what_no_index_takes_is_refused_as_a_mistake(store: Store) -> None:
    long = "".join(uuid.uuid4().hex for _ in range(1000))
    with pytest.raises(InvalidInput, match="index"):
        store.runs.log(new_run(store), Batch(inputs=(DatasetInput(Dataset("d", "digest"), context=long),)))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_a_forked_child_writes_without_disturbing_its_parent(store: Store) -> None:
    new_run(store)
    token = store.change_token()
    child = os.fork()
    if child == 0:
        try:
            new_run(store)
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    assert store.experiments.run_counts() == {"0": 2}
    wait_for_another(token, store)


def wait_for_another(token: int, store: Store) -> None:
    end = time.monotonic() + 10
    while store.change_token() == token:
        assert time.monotonic() < end
        time.sleep(0.01)


def test_commits_of_others_are_heard_of(store: Store, postgresql_uri: str) -> None:
    token = store.change_token()
    other = open_store(postgresql_uri)
    other.runs.summaries()
    assert store.change_token() == token
    new_run(other)
    wait_for_another(token, store)
    other.close()


def test_changes_are_heard_of_again_when_the_server_is_back(
    postgresql: PostgresqlServer, store: Store, postgresql_uri: str
) -> None:
    token = store.change_token()
    postgresql.stop()
    try:
        with pytest.raises(StoreAway, match="Check that the server runs"):
            wait_for_another(token, store)
        with pytest.raises(StoreAway):
            store.runs.summaries()
        away = open_store(postgresql_uri)
        with pytest.raises(StoreAway):
            new_run(away)
    finally:
        postgresql.start()
    wait_for_answer(store)
    assert store.change_token() != token
    token = store.change_token()
    wait_for_answer(away)
    new_run(away)
    wait_for_another(token, store)
    away.close()


def wait_for_answer(store: Store) -> None:
    end = time.monotonic() + 10
    while True:
        try:
            store.change_token()
        except StoreAway:
            assert time.monotonic() < end
            time.sleep(0.02)
        else:
            return


def test_a_store_is_made_when_its_server_is_back(postgresql: PostgresqlServer, empty: str) -> None:
    postgresql.stop()
    try:
        opened = open_store(postgresql.uri(empty))
    finally:
        postgresql.start()
    wait_for_answer(opened)
    assert opened.runs.get(new_run(opened)).info.run_name == "run"
    opened.close()


def test_a_host_that_does_not_answer_is_not_waited_for_each_time(user_data: Path) -> None:
    # Nobody is there: the address is one of those for documentation (RFC 5737).
    opened = open_store("postgresql://admin@192.0.2.1/db?connect_timeout=2")
    start = time.monotonic()
    for _ in range(20):
        with pytest.raises(StoreAway):
            opened.runs.summaries()
    assert time.monotonic() - start < 30  # it would be 40 s if each waited
    opened.close()


def test_without_the_driver_it_is_told_what_to_install() -> None:
    code = (
        "import sys; sys.modules['psycopg'] = None; from nbtrack.store import open_store; open_store('postgresql:///')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "pip install 'nbtrack[postgresql]'" in done.stderr.splitlines()[-1]
