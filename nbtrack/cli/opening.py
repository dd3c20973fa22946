"""The one place where commands open the store."""

from __future__ import annotations

from pathlib import Path

from nbtrack.errors import NotAStore
from nbtrack.settings import redact
from nbtrack.store import Store
from nbtrack.tracking import current_store, get_tracking_uri


def open_store(*, may_create: bool = False) -> Store:
    """Return the store that ``--store`` names, or that is discovered.

    Raises
    ------
    NotAStore
        There is none, and the command is of no use in an empty one.
    """
    if not may_create:
        existing_uri()
    return current_store()


def existing_uri() -> str:
    """Return the tracking URI of the store that ``--store`` names, or that is discovered; it is not opened.

    Raises
    ------
    NotAStore
        There is none.
    """
    uri = get_tracking_uri()
    if not is_there(uri):
        raise NotAStore(
            f"There is no store at {redact(uri)}. Go to a folder below which you track, or name a store: "
            "nbtrack --store URI COMMAND."
        )
    return uri


def check_model_store(model_uri: str) -> None:
    """Raise NotAStore if a model's URI names a run or a version, and there is no store that could have it."""
    if model_uri.startswith(("runs:", "models:")):
        existing_uri()


def is_there(uri: str) -> bool:
    """Tell whether a store is at ``uri``, as far as that can be told without opening it."""
    if uri.startswith("sqlite:///"):
        return Path(uri.removeprefix("sqlite:///")).expanduser().exists()
    return "://" in uri or uri.startswith("file:") or (Path(uri) / "nbtrack.db").exists()
