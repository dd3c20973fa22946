from __future__ import annotations

import itertools
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from nbtrack.store import open_store
from tests.postgresql.binaries import copied, find_binaries

ADMIN, PASSWORD = "admin", "adm/in?s:secret"
TEMPLATE = "nbtrack_template"
# Nothing here is worth an fsync.
SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "shared_buffers": "64MB",
    "max_connections": "60",
    "listen_addresses": "127.0.0.1",
}


class PostgresqlServer:
    """A server of its own in a temporary folder; its socket needs no password, its port does."""

    def __init__(self) -> None:
        # A socket's path has at most some hundred characters: pytest's folders are too long.
        self.folder = Path(tempfile.mkdtemp(prefix="nbt-pg-"))
        self.port = _free_port()
        self._account = _unprivileged()
        if self._account:
            shutil.chown(self.folder, self._account["user"])
        self._binaries = self._executable(find_binaries())
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = itertools.count()
        self._initialise()
        self.start()
        self._make_template()

    def uri(self, database: str) -> str:
        return f"postgresql:///{database}?host={self.folder}&port={self.port}&user={ADMIN}"

    def uri_with_password(self, database: str) -> str:
        return f"postgresql://{ADMIN}:adm%2Fin%3Fs%3Asecret@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        settings = [f"-c{name}={value}" for name, value in SETTINGS.items()]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._binaries / "postgres", "-D", self._data, "-p", str(self.port), "-k", self.folder, *settings],
                stdout=log,
                stderr=log,
                **self._account,
            )
        end = time.monotonic() + 60
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > end:
                raise RuntimeError((self.folder / "log").read_text())
            time.sleep(0.02)

    def stop(self) -> None:
        """End it as an administrator would who is in a hurry: connections break, nothing is lost."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(60)
            self._process = None

    def close(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def create_database(self, *, is_empty: bool = False, options: str = "") -> str:
        """Make a database, with or without the tables of a store, and return its name."""
        name = f"test_{next(self._numbers)}_{uuid.uuid4().hex[:8]}"
        template = "template0" if is_empty else TEMPLATE
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template} {options}")
        return name

    def drop_database(self, name: str) -> None:
        self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def execute(self, statement: str, *, database: str = "postgres") -> list[Any]:
        with psycopg.connect(self.uri(database), autocommit=True) as connection:
            cursor = connection.execute(sql.SQL(statement))  # type: ignore[arg-type]
            return cursor.fetchall() if cursor.description else []

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _initialise(self) -> None:
        password = self.folder / "password"
        password.write_text(PASSWORD)
        subprocess.run(
            [
                *(self._binaries / "initdb", "-D", self._data, "-U", ADMIN, "-E", "UTF8", "--no-sync"),
                *("--auth-local=trust", "--auth-host=scram-sha-256", f"--pwfile={password}", "--locale=C.UTF-8"),
            ],
            check=True,
            capture_output=True,
            **self._account,
        )

    def _make_template(self) -> None:
        self.execute(f"CREATE DATABASE {TEMPLATE}")
        open_store(self.uri(TEMPLATE)).close()

    def _answers(self) -> bool:
        try:
            self.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def _executable(self, binaries: Path) -> Path:
        """Return the programs where the server's account can start them: it may not see what lies in root's home."""
        if not self._account:
            return binaries
        try:
            subprocess.run([binaries / "postgres", "--version"], check=True, capture_output=True, **self._account)
        except PermissionError:
            return copied(binaries, self.folder / "installed")
        return binaries


def _unprivileged() -> dict[str, str]:
    """Return as whom the server is started: it refuses to be root."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return {}
    import pwd

    names = {entry.pw_name for entry in pwd.getpwall()}
    return {"user": "postgres" if "postgres" in names else "nobody"}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
