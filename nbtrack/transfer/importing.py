from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

from nbtrack.errors import InvalidInput
from nbtrack.store import Store
from nbtrack.transfer.copying import EVERYTHING, Choice, OnProgress, copy, no_progress
from nbtrack.transfer.into_store import IntoStore
from nbtrack.transfer.opening import is_same, open_nbtrack, open_source, records_of
from nbtrack.transfer.report import Report

OpenStore = Callable[[], Store]
"""How a store is opened, and made where there is none. It is asked for when the source has proved to be readable."""


def import_into(
    store: Store | OpenStore,
    place: str,
    *,
    choice: Choice = EVERYTHING,
    allowed: Sequence[Path] = (),
    with_artifacts: bool = True,
    is_recheck: bool = False,
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
    is_recheck
        Compare also runs that came before and look the same at the source since.

    Raises
    ------
    InvalidInput, NotAStore
        There is nothing at ``place`` that can be read, or it is the store itself.
    StoreUnavailable
        The store takes nothing more; what came is kept.
    """
    report = Report(place, is_dry_run=is_dry_run)
    open_destination = partial(_open, store, report, with_artifacts=with_artifacts, is_recheck=is_recheck)
    with closing(open_source(place, report, allowed=allowed, with_artifacts=with_artifacts)) as source:
        copy(source, open_destination, report, choice=choice, on_progress=on_progress)
    return report


def merge_into(
    store: Store | OpenStore,
    other: str,
    *,
    with_artifacts: bool = True,
    is_recheck: bool = False,
    is_dry_run: bool = False,
    on_progress: OnProgress = no_progress,
) -> Report:
    """Bring another store of nbtrack, at a folder or tracking URI, into a store.

    Parameters
    ----------
    is_recheck
        Compare also runs that came before and look the same there since.

    Raises
    ------
    InvalidInput, NotAStore
        There is no store of nbtrack, or it is the same one.
    """
    report = Report(other, is_dry_run=is_dry_run)
    open_destination = partial(_open, store, report, with_artifacts=with_artifacts, is_recheck=is_recheck)
    with closing(open_nbtrack(other, report)) as source:
        copy(source, open_destination, report, choice=EVERYTHING, on_progress=on_progress)
    return report


def _open(store: Store | OpenStore, report: Report, *, with_artifacts: bool, is_recheck: bool) -> IntoStore:
    opened = store() if callable(store) else store
    if is_same(report.source, opened):
        text = f"{report.source} is the store itself. Name another one, or another destination with --store."
        raise InvalidInput(text)
    report.destination = opened.uri
    return IntoStore(opened, records_of(opened), report, with_artifacts=with_artifacts, is_recheck=is_recheck)
