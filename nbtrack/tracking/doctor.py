"""Examining a store, and putting right what can be put right without a decision of the user."""

from __future__ import annotations

import platform
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from nbtrack.errors import StoreError
from nbtrack.outbox import Backlog, Spool, Waiting, backlog_of, examine_files, examine_outbox
from nbtrack.settings import redact
from nbtrack.store import Store, gone_sessions, interrupt_runs_of_dead, open_store
from nbtrack.store.diagnosis import Finding
from nbtrack.tracking.notices import notify
from nbtrack.version import __version__


@dataclass(frozen=True)
class Examination:
    """What was found in a store; ``backlog`` is None where that could not be told. ``files`` wait for their place."""

    uri: str
    findings: tuple[Finding, ...]
    versions: Mapping[str, str]
    backlog: Backlog | None = None
    repaired: tuple[Finding, ...] = field(default=())
    files: Waiting | None = None

    @property
    def is_healthy(self) -> bool:
        return not self.findings


def examine(uri: str, *, checksums: bool = False) -> Examination:
    """Look through the store at a tracking URI, and change nothing; with ``checksums``, read all its artifacts too."""
    stale = _stale_schema(uri)
    if stale is not None:
        return Examination(redact(uri), (stale,), _versions(uri))
    try:
        with closing(open_store(uri)) as store:
            return _examined(store, uri, checksums=checksums)
    except StoreError as error:
        return Examination(redact(uri), (_unusable(error),), _versions(uri))


def _examined(store: Store, uri: str, *, checksums: bool) -> Examination:
    files = Spool(store.outbox).size()
    try:
        findings = tuple(_findings(store, _folder_of(uri), checksums=checksums))
        return Examination(redact(uri), findings, _versions(uri), backlog_of(store), files=files)
    except StoreError as error:
        # What waits lies on this machine, and can be told of without the store.
        findings = (_unusable(error), *_kept_here(store))
        return Examination(redact(uri), findings, _versions(uri), files=files)


def repair(uri: str, *, checksums: bool = False) -> Examination:
    """Put right what can be, and return what is left, with what was repaired.

    Whatever fails is among what is left.
    """
    repaired: list[Finding] = []
    if _stale_schema(uri) is not None:
        repaired += examine(uri).findings  # opening it brings it up to date
    try:
        with closing(open_store(uri)) as store:
            for finding in _findings(store, _folder_of(uri), checksums=False):  # those are for the user to repair
                if finding.repair is not None:
                    finding.repair()
                    repaired.append(finding)
    except (StoreError, OSError) as error:
        notify(f"not everything could be repaired. {error}", error)
    left = examine(uri, checksums=checksums)
    return replace(left, repaired=tuple(repaired))


def _findings(store: Store, folder: Path | None, *, checksums: bool) -> Iterator[Finding]:
    from nbtrack.store.leftovers import open_to_others, orphaned_artifacts, partial_files
    from nbtrack.store.sql import SqlStore

    yield from examine_outbox(store, notify)
    yield from _kept_here(store)
    yield from _runs_of_dead(store)
    if isinstance(store, SqlStore):
        yield from store.examine()
        if checksums:
            yield from store.examine_artifacts()
    if folder is not None and isinstance(store, SqlStore):
        artifacts = folder / "artifacts"
        yield from partial_files(artifacts, now_s=time.time())
        if not backlog_of(store).left_segments:  # a run may still wait there
            yield from orphaned_artifacts(artifacts, store.owners_among)
        yield from open_to_others([*folder.glob("*.db*"), artifacts, store.outbox, *store.outbox.glob("*")])


def _kept_here(store: Store) -> Iterator[Finding]:
    """Find what lies on this machine and is not in its place; the store need not answer."""
    from nbtrack.store.http import HttpStore

    yield from examine_files(store, notify)
    if isinstance(store, HttpStore):
        yield from store.examine()


def _runs_of_dead(store: Store) -> Iterator[Finding]:
    gone = gone_sessions(store)
    if gone:
        yield Finding(
            "runs-of-dead",
            f"Runs of {len(gone)} processes that are gone are still open.",
            "`nbtrack doctor --repair` ends them, as does whoever opens the store next.",
            lambda: interrupt_runs_of_dead(store),
        )


def _folder_of(uri: str) -> Path | None:
    """Return the folder of a store that lies in one."""
    file = _file_of(uri)
    return None if file is None else file.parent


def _file_of(uri: str) -> Path | None:
    if uri.startswith("sqlite:///"):
        return Path(uri.removeprefix("sqlite:///")).expanduser().absolute()
    if uri.startswith("file:"):
        return Path(unquote(urlsplit(uri).path)) / "nbtrack.db"
    return None if "://" in uri else Path(uri).expanduser().absolute() / "nbtrack.db"


def _stale_schema(uri: str) -> Finding | None:
    from nbtrack.store.sql.health import schema_of_file
    from nbtrack.store.sql.schema import HEAD, REVISIONS

    file = _file_of(uri)
    schema = None if file is None else schema_of_file(file)
    if schema is None or schema == HEAD or schema not in REVISIONS:
        return None
    return Finding(
        "schema-old",
        f"The store has schema {schema}; this nbtrack writes {HEAD}.",
        "`nbtrack doctor --repair` brings it up to date, as does the next use. Other checks come after that.",
        lambda: open_store(uri).close(),
    )


def _unusable(error: StoreError) -> Finding:
    return Finding("store-unusable", str(error), "Do what the message says, then examine it again.")


def _versions(uri: str) -> dict[str, str]:
    import sqlalchemy

    from nbtrack.store.sql.health import schema_of_file

    file = _file_of(uri)
    schema = None if file is None else schema_of_file(file)
    return {
        "nbtrack": __version__,
        "python": platform.python_version(),
        "sqlalchemy": sqlalchemy.__version__,
        "sqlite": sqlite3.sqlite_version,
    } | ({} if schema is None else {"schema": schema})
