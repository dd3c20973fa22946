"""Where runs are kept. ``open_store`` gives the store behind a tracking URI."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from nbtrack.errors import InvalidInput
from nbtrack.settings import redact
from nbtrack.store.columns import table_of
from nbtrack.store.filters import quoted
from nbtrack.store.ids import new_experiment_id
from nbtrack.store.merging import merged
from nbtrack.store.presence import Presence, gone_sessions, interrupt_runs_of_dead
from nbtrack.store.processes import boot_id, host_name, process_started_at_ms
from nbtrack.store.protocol import (
    DEFAULT_EXPERIMENT_ID,
    DEFAULT_EXPERIMENT_NAME,
    ArtifactEntry,
    ArtifactStore,
    Delivery,
    Discarded,
    DiscardedKind,
    MetricPage,
    NewVersion,
    Page,
    PointRow,
    Query,
    RegistryStore,
    RunKeys,
    RunPage,
    RunQuery,
    RunSummaries,
    RunTable,
    SeenSession,
    Series,
    Store,
)
from nbtrack.store.records import Arrival, RecordStore, RunRecord, Stretch
from nbtrack.store.suggestions import complete_filter, misspellings, misspelt_keys

__all__ = [
    "DEFAULT_EXPERIMENT_ID",
    "DEFAULT_EXPERIMENT_NAME",
    "Arrival",
    "ArtifactEntry",
    "ArtifactStore",
    "Delivery",
    "Discarded",
    "DiscardedKind",
    "MetricPage",
    "NewVersion",
    "Page",
    "PointRow",
    "Presence",
    "Query",
    "RecordStore",
    "RegistryStore",
    "RunKeys",
    "RunPage",
    "RunQuery",
    "RunRecord",
    "RunSummaries",
    "RunTable",
    "SeenSession",
    "Series",
    "Store",
    "Stretch",
    "boot_id",
    "complete_filter",
    "gone_sessions",
    "host_name",
    "interrupt_runs_of_dead",
    "merged",
    "misspellings",
    "misspelt_keys",
    "new_experiment_id",
    "open_store",
    "process_started_at_ms",
    "quoted",
    "table_of",
]


def open_store(uri: str, *, artifacts: str | None = None) -> Store:
    """Open the store at a tracking URI, making it where there is none yet.

    Parameters
    ----------
    uri
        A folder, a ``file:`` URL of one, ``sqlite:///FILE``, or ``postgresql://USER@HOST:PORT/DATABASE``, as libpq
        reads it; ``schema=NAME`` as an option chooses a schema of the database. ``http://HOST:PORT`` or ``https://...``
        is a tracking server, nbtrack's or MLflow's, of which nothing is asked before it is needed.
    artifacts
        A folder or URL for the artifacts of runs of which nothing else is recorded. Default: beside the database. A
        server decides that itself.

    Raises
    ------
    NotAStore, StoreTooNew, StoreUnavailable
        The place can't serve as a store; the message says what to do.
    InvalidInput
        ``uri`` is of no kind that is known, or artifacts can't be kept at ``artifacts``.
    MissingPackage
        What reaches the database, or the artifacts, is not installed.
    """
    # SQLAlchemy takes 0.2 s to import; who only imports nbtrack should not wait for it.
    from nbtrack.store.sql import open_folder, open_postgresql, open_sqlite_file

    scheme = uri.partition(":")[0].lower() if "://" in uri or uri.startswith("file:") else ""
    if scheme == "":
        return open_folder(Path(uri).expanduser().absolute(), artifacts)
    if scheme == "file":
        return open_folder(Path(unquote(urlsplit(uri).path)), artifacts)
    if scheme == "sqlite":
        file = Path(uri.removeprefix("sqlite:///")).expanduser().absolute()
        return open_sqlite_file(file, artifacts, uri=uri)
    if scheme in {"postgresql", "postgresql+psycopg", "postgres"}:
        return open_postgresql(uri, artifacts)
    if scheme in {"http", "https"}:
        from nbtrack.store.http import open_server

        return open_server(uri)
    raise InvalidInput(
        f"The tracking URI {redact(uri)!r} is of no kind that this nbtrack opens. Use a folder, sqlite:///FILE, "
        "postgresql://USER@HOST/DATABASE or http://HOST:PORT."
    )
