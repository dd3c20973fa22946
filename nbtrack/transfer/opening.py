from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from nbtrack.errors import InvalidInput, NotAStore
from nbtrack.store import RecordStore, Store, open_store
from nbtrack.transfer.archive_source import Archive
from nbtrack.transfer.mlflow_database import MlflowDatabase
from nbtrack.transfer.mlflow_files import MlflowFiles
from nbtrack.transfer.nbtrack_store import NbtrackStore
from nbtrack.transfer.report import Report
from nbtrack.transfer.served_store import ServedStore
from nbtrack.transfer.source import Source
from nbtrack.transfer.tensorboard_runs import TensorboardRuns

STORE_FILE = "nbtrack.db"
_OWN_TABLE = "store_state"
_SQLITE = "sqlite:///"
_WANDB_SUFFIX = ".wandb"
_SQLITE_BEGINNING = b"SQLite format 3\0"
_KINDS = (
    "an mlruns folder, an mlflow.db, a server, a store of nbtrack, a zip file that nbtrack export wrote, or a log "
    "folder of TensorBoard"
)


def open_source(place: str, report: Report, *, allowed: Sequence[Path] = (), with_artifacts: bool = True) -> Source:
    """Open what is to be copied from, recognised by what it is, not by its name.

    Parameters
    ----------
    place
        A folder or file, or a tracking URI.
    allowed
        Folders outside of the source that artifacts may be taken from.
    with_artifacts
        Whether files will be asked for: places elsewhere are left alone if not.

    Raises
    ------
    InvalidInput, NotAStore
        Nothing is there, or nothing that can be read.
    """
    if _is_uri(place):
        return _open_store(place, report)
    path = local_path(place)
    if path.is_dir():
        return _open_folder(path, report, allowed, with_artifacts=with_artifacts)
    if path.suffix == _WANDB_SUFFIX and path.is_file():
        raise NotAStore(_of_wandb(path))
    if not path.exists():
        raise InvalidInput(f"There is nothing at {place!r} to copy from. It should be {_KINDS}.")
    if _is_database(path):
        if _OWN_TABLE in _tables_of(path):
            return _open_store(f"{_SQLITE}{path}", report)
        return MlflowDatabase(path, allowed, report, with_artifacts=with_artifacts)
    if Archive.is_one(path):
        return Archive(path, report)
    raise NotAStore(f"{place} is of no kind that can be copied from. It should be {_KINDS}.")


def open_nbtrack(place: str, report: Report) -> Source:
    """Open a store of nbtrack that is there already.

    Raises
    ------
    NotAStore
        There is none.
    """
    if _is_uri(place):
        return _open_store(place, report)
    path = local_path(place)
    for candidate in (path, path / ".nbtrack"):
        if (candidate / STORE_FILE).is_file():
            return _open_store(str(candidate), report)
    if path.is_file() and _is_database(path) and _OWN_TABLE in _tables_of(path):
        return _open_store(f"{_SQLITE}{path}", report)
    raise NotAStore(f"{place} is no store of nbtrack. `nbtrack import` brings runs from elsewhere.")


def is_same(place: str, store: Store) -> bool:
    """Tell whether a place is an open store itself."""
    if _is_uri(place):
        return place == store.uri
    return _database_at(local_path(place)) == _database_at(local_path(store.uri))


def local_path(place: str) -> Path:
    return Path(place.removeprefix(_SQLITE).removeprefix("file://")).expanduser().absolute()


def _is_uri(place: str) -> bool:
    return "://" in place and not place.startswith((_SQLITE, "file:"))


def _database_at(path: Path) -> Path:
    return (path / STORE_FILE if path.is_dir() else path).resolve()


def _open_folder(folder: Path, report: Report, allowed: Sequence[Path], *, with_artifacts: bool) -> Source:
    for candidate in (folder, folder / ".nbtrack"):
        if (candidate / STORE_FILE).is_file():
            return _open_store(str(candidate), report)
    for candidate in (folder, folder / "mlruns"):
        if MlflowFiles.is_one(candidate):
            return MlflowFiles(candidate, allowed, report, with_artifacts=with_artifacts)
    if (folder / "mlflow.db").is_file():
        return MlflowDatabase(folder / "mlflow.db", allowed, report, with_artifacts=with_artifacts)
    if TensorboardRuns.is_one(folder):
        return TensorboardRuns(folder, report)
    if _is_of_wandb(folder):
        raise NotAStore(_of_wandb(folder))
    raise NotAStore(f"{folder} holds no runs. It should be {_KINDS}.")


def _is_of_wandb(folder: Path) -> bool:
    """Tell a folder of one of W&B's runs, or one with several."""
    return any(path.is_file() for pattern in ("*", "*/*") for path in folder.glob(f"{pattern}{_WANDB_SUFFIX}"))


def _of_wandb(path: Path) -> str:
    return (
        f"{path} holds runs of W&B that were logged offline, in a format that W&B alone can read. Bring them to a W&B "
        f"server with `wandb sync {path}`. Then log here what wandb.Api().runs('ENTITY/PROJECT') gives: of each run "
        "its config with nbtrack.log_params, and the rows of its scan_history() with nbtrack.log_metrics."
    )


def _open_store(uri: str, report: Report) -> Source:
    from nbtrack.tracking.workspace import take_over

    store = open_store(uri)
    if store.records is None:
        return ServedStore(store, report)
    try:
        take_over(store)
        return NbtrackStore(store, records_of(store), is_own=True)
    except Exception:
        store.close()
        raise


def records_of(store: Store) -> RecordStore:
    """Return the part of a store that keeps ids and times, or raise InvalidInput if it has none."""
    if store.records is None:
        raise InvalidInput(
            f"{store.uri} is a server, which gives ids and times itself. Name the server's own store with --store."
        )
    return store.records


def _is_database(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_SQLITE_BEGINNING)) == _SQLITE_BEGINNING


def _tables_of(path: Path) -> set[str]:
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            return {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except sqlite3.DatabaseError as error:
        raise NotAStore(f"{path} can't be read as a database: {error}.") from None
