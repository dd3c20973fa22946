"""What to measure the outbox by: a journal written by hand, with nothing but what durability takes.

Each point is a fixed record appended by one write; a thread puts them into one SQLite table. No runs, no keys, no
summaries, no checksums, no other processes.
"""

from __future__ import annotations

import os
import sqlite3
import struct
import threading
from pathlib import Path

_RECORD = struct.Struct("<Iqqd")


class Journal:
    def __init__(self, folder: Path) -> None:
        self._file = os.open(folder / "journal", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._database = sqlite3.connect(folder / "journal.db", isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = NORMAL")
        self._database.execute("CREATE TABLE points (series INTEGER, step INTEGER, at_ms INTEGER, value REAL)")
        self._database.execute("CREATE INDEX history ON points (series, step)")
        self._waiting: list[tuple[int, int, int, float]] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def log(self, series: int, step: int, at_ms: int, value: float) -> None:
        os.write(self._file, _RECORD.pack(series, step, at_ms, value))
        self._waiting.append((series, step, at_ms, value))

    def close(self) -> None:
        """Return when all is in the database."""
        self._ended.set()
        self._thread.join()
        self._database.close()
        os.close(self._file)

    def _run(self) -> None:
        while not self._ended.wait(0.05) or self._waiting:
            rows, self._waiting = self._waiting, []
            self._database.execute("BEGIN IMMEDIATE")
            self._database.executemany("INSERT INTO points VALUES (?, ?, ?, ?)", rows)
            self._database.execute("COMMIT")
