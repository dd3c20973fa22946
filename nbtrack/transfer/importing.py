from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from nbtrack.errors import InvalidInput
from nbtrack.store import RecordStore, Store
from nbtrack.transfer.copying import EVERYTHING, Choice, OnProgress, copy, no_progress
from nbtrack.transfer.into_store import IntoStore
from nbtrack.transfer.opening import is_same, open_nbtrack, open_source, records_of
from nbtrack.transfer.report import Report


def import_into(
    store: Store,
    place: str,
    *,
    choice: Choice = EVERYTHING,
    allowed: Sequence[Path] = (),
    with_artifacts: bool = True,
    is_dry_run: bool = False,
    on_progress: OnProgress = no_progress,
) -> Report:
    """Copy what is at ``place`` into a store.

    What is in the store stays. Importing again brings what is new, and goes on where an import was interrupted.

    Parameters
    ----------
    place
        What ``open_source`` opens.
    allowed
        Folders outside of the source that artifacts may be taken from.

    Raises
    ------
    InvalidInput, NotAStore
        There is nothing at ``place`` that can be read, or it is the store itself.
    StoreUnavailable
        The store takes nothing more; what came is kept.
    """
    report = Report(place, store.uri, is_dry_run)
    records = _records_apart_from(store, place)
    with closing(open_source(place, report, allowed=allowed)) as source:
        destination = IntoStore(store, records, report, with_artifacts=with_artifacts)
        copy(source, destination, report, choice=choice, on_progress=on_progress)
    return report


def merge_into(
    store: Store,
    other: str,
    *,
    with_artifacts: bool = True,
    is_dry_run: bool = False,
    on_progress: OnProgress = no_progress,
) -> Report:
    """Bring another store of nbtrack, at a folder or tracking URI, into a store.

    Raises
    ------
    InvalidInput, NotAStore
        There is no store of nbtrack, or it is the same one.
    """
    report = Report(other, store.uri, is_dry_run)
    records = _records_apart_from(store, other)
    with closing(open_nbtrack(other, report)) as source:
        destination = IntoStore(store, records, report, with_artifacts=with_artifacts)
        copy(source, destination, report, choice=EVERYTHING, on_progress=on_progress)
    return report


def _records_apart_from(store: Store, place: str) -> RecordStore:
    if is_same(place, store):
        raise InvalidInput(f"{place} is the store itself. Name another one, or another destination with --store.")
    return records_of(store)
