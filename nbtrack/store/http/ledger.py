"""What this machine knows of a server, and of its deliveries to it: a small file beside the outbox."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import msgspec

from nbtrack.entities import Batch, Experiment, NewRun, Session
from nbtrack.errors import StoreUnavailable
from nbtrack.store import wire

FILE_NAME = "server.db"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS positions (segment TEXT PRIMARY KEY, position INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS runs (run_id TEXT PRIMARY KEY, server_run_id TEXT);
CREATE TABLE IF NOT EXISTS models (model_id TEXT PRIMARY KEY, server_model_id TEXT);
CREATE TABLE IF NOT EXISTS sessions (session_id TEXT PRIMARY KEY, document TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS experiments (experiment_id TEXT PRIMARY KEY, name TEXT NOT NULL, document BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS aside (
    number INTEGER PRIMARY KEY, run_id TEXT NOT NULL, is_new INTEGER NOT NULL, document BLOB NOT NULL,
    UNIQUE (run_id, document)
);
CREATE TABLE IF NOT EXISTS cells (execution_id TEXT, run_id TEXT, PRIMARY KEY (execution_id, run_id));
"""


@dataclass(frozen=True)
class Aside:
    """What was put aside: a new run, or what was logged to one."""

    number: int
    run_id: str
    value: NewRun | Batch


class Ledger:
    """Several processes and threads may use it at once; each change is on the disk when its call returns."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE_NAME
        self._has_tables = False

    def position(self, segment: str) -> int:
        """Return the byte up to which a segment is delivered."""
        rows = self._read("SELECT position FROM positions WHERE segment = ?", segment)
        return int(rows[0][0]) if rows else 0

    def set_position(self, segment: str, position: int) -> None:
        self._write("INSERT OR REPLACE INTO positions VALUES (?, ?)", segment, position)

    def forget_segment(self, segment: str) -> None:
        self._write("DELETE FROM positions WHERE segment = ?", segment)

    def server_run_id(self, run_id: str) -> str | None:
        rows = self._read("SELECT server_run_id FROM runs WHERE run_id = ?", run_id)
        return rows[0][0] if rows else None

    def is_begun(self, run_id: str) -> bool:
        """Tell whether the server was asked, or was about to be asked, to make a run."""
        return bool(self._read("SELECT 1 FROM runs WHERE run_id = ?", run_id))

    def begin_run(self, run_id: str) -> None:
        self._write("INSERT OR IGNORE INTO runs VALUES (?, NULL)", run_id)

    def note_run(self, run_id: str, server_run_id: str) -> None:
        self._write("INSERT OR REPLACE INTO runs VALUES (?, ?)", run_id, server_run_id)

    def server_model_id(self, model_id: str) -> str | None:
        rows = self._read("SELECT server_model_id FROM models WHERE model_id = ?", model_id)
        return rows[0][0] if rows else None

    def is_model_begun(self, model_id: str) -> bool:
        """Tell whether the server was asked, or was about to be asked, to make a model."""
        return bool(self._read("SELECT 1 FROM models WHERE model_id = ?", model_id))

    def begin_model(self, model_id: str) -> None:
        self._write("INSERT OR IGNORE INTO models VALUES (?, NULL)", model_id)

    def note_model(self, model_id: str, server_model_id: str) -> None:
        self._write("INSERT OR REPLACE INTO models VALUES (?, ?)", model_id, server_model_id)

    def note_session(self, session: Session) -> None:
        self._write("INSERT OR REPLACE INTO sessions VALUES (?, ?)", session.session_id, json.dumps(asdict(session)))

    def session(self, session_id: str) -> Session | None:
        rows = self._read("SELECT document FROM sessions WHERE session_id = ?", session_id)
        return Session(**json.loads(rows[0][0])) if rows else None

    def note_cell(self, execution_id: str, run_id: str) -> None:
        self._write("INSERT OR IGNORE INTO cells VALUES (?, ?)", execution_id, run_id)

    def runs_of_cell(self, execution_id: str) -> Sequence[str]:
        return [row[0] for row in self._read("SELECT run_id FROM cells WHERE execution_id = ?", execution_id)]

    def note_experiment(self, experiment: Experiment) -> None:
        document = msgspec.msgpack.encode(experiment)
        statement = "INSERT OR REPLACE INTO experiments VALUES (?, ?, ?)"
        self._write(statement, experiment.experiment_id, experiment.name, document)

    def experiment(self, experiment_id: str) -> Experiment | None:
        """Return an experiment as it was when it was last seen."""
        return _experiment(self._read("SELECT document FROM experiments WHERE experiment_id = ?", experiment_id))

    def experiment_named(self, name: str) -> Experiment | None:
        return _experiment(self._read("SELECT document FROM experiments WHERE name = ?", name))

    def put_aside(self, record: NewRun | tuple[str, Batch]) -> None:
        """Keep a new run, or what was logged to one, at which the server fails; the same one is kept once."""
        run_id, value = (record.run_id, record) if isinstance(record, NewRun) else record
        statement = "INSERT OR IGNORE INTO aside (run_id, is_new, document) VALUES (?, ?, ?)"
        self._write(statement, run_id, isinstance(value, NewRun), wire.encoded(value))

    def aside(self) -> Sequence[Aside]:
        """Return what was put aside, in that order."""
        rows = self._read("SELECT number, run_id, is_new, document FROM aside ORDER BY number")
        return [
            Aside(number, run_id, _NEW_RUN.decode(document) if is_new else _BATCH.decode(document))
            for number, run_id, is_new, document in rows
        ]

    def count_aside(self) -> int:
        return int(self._read("SELECT count(*) FROM aside")[0][0]) if self._file.exists() else 0

    def is_run_aside(self, run_id: str) -> bool:
        """Tell whether the run itself was put aside, so that the server knows nothing of it."""
        return bool(self._read("SELECT 1 FROM aside WHERE run_id = ? AND is_new", run_id))

    def forget_aside(self, number: int) -> None:
        self._write("DELETE FROM aside WHERE number = ?", number)

    def _read(self, statement: str, *values: str | int) -> list[tuple[Any, ...]]:
        with self._opened() as connection:
            return connection.execute(statement, values).fetchall()

    def _write(self, statement: str, *values: str | int | bytes) -> None:
        with self._opened() as connection:
            connection.execute(statement, values)

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        try:
            is_new = not self._file.exists()
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with closing(sqlite3.connect(self._file, timeout=10.0, isolation_level=None)) as connection:
                if is_new:
                    self._file.chmod(0o600)
                if is_new or not self._has_tables:
                    # One that an older nbtrack made may lack some.
                    connection.executescript(_SCHEMA)
                    self._has_tables = True
                yield connection
        except (sqlite3.Error, OSError) as error:
            raise StoreUnavailable(f"The file {self._file}, which says what is delivered, fails: {error}.") from error


_NEW_RUN, _BATCH = msgspec.msgpack.Decoder(NewRun), msgspec.msgpack.Decoder(Batch)


def _experiment(rows: list[tuple[Any, ...]]) -> Experiment | None:
    return msgspec.msgpack.decode(rows[0][0], type=Experiment) if rows else None
