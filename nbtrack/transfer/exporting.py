from __future__ import annotations

from contextlib import closing
from pathlib import Path

from nbtrack.errors import InvalidInput
from nbtrack.store import RunQuery, Store, open_store
from nbtrack.transfer.copying import Choice, OnProgress, copy, no_progress
from nbtrack.transfer.destination import Destination
from nbtrack.transfer.into_archive import IntoArchive
from nbtrack.transfer.into_mlflow_files import IntoMlflowFiles
from nbtrack.transfer.into_server import IntoServer
from nbtrack.transfer.into_tables import IntoTables
from nbtrack.transfer.nbtrack_store import NbtrackStore
from nbtrack.transfer.opening import records_of
from nbtrack.transfer.report import Report

_PAGE_RUNS = 1000


def export_from(
    store: Store, destination: Destination, report: Report, *, choice: Choice, on_progress: OnProgress = no_progress
) -> None:
    """Copy runs of a store to a destination, which is closed.

    Raises
    ------
    InvalidInput
        The store has no experiment of a chosen name.
    """
    with closing(destination):
        source = NbtrackStore(store, records_of(store), is_own=False)
        copy(source, lambda: destination, report, choice=choice, on_progress=on_progress)


def open_destination(place: str, kind: str | None, report: Report, *, with_artifacts: bool) -> Destination:
    """Begin a new export at ``place``, or open the tracking server there.

    Parameters
    ----------
    kind
        ``zip``, ``mlflow``, ``csv`` or ``parquet``: what is written, ``zip`` if nothing is said. A server takes none.

    Raises
    ------
    InvalidInput
        A server is to get a format.
    AlreadyExists
        Something is there.
    MissingPackage
        The format needs a package that is not installed.
    """
    if place.startswith(("http://", "https://")):
        if kind is not None:
            raise InvalidInput(f"{place} is a server, which takes runs in no format. Leave out --format {kind}.")
        return IntoServer(open_store(place), report, with_artifacts=with_artifacts)
    path = Path(place).expanduser()
    if kind is None or kind == "zip":
        return IntoArchive(path, report, with_artifacts=with_artifacts)
    if kind == "mlflow":
        return IntoMlflowFiles(path, report, with_artifacts=with_artifacts)
    return IntoTables(path, report, kind=kind)


def found_runs(store: Store, filter_string: str) -> frozenset[str]:
    """Return the ids of the active runs that a filter finds."""
    found: set[str] = set()
    token: str | None = None
    while True:
        page = store.runs.search(RunQuery(filter=filter_string, max_results=_PAGE_RUNS, page_token=token))
        found.update(run.info.run_id for run in page.runs)
        token = page.next_page_token
        if token is None:
            return frozenset(found)
