"""The store on a tracking server: nbtrack's own, which takes everything exactly, or any that speaks MLflow's REST."""

from __future__ import annotations

from nbtrack.settings import outbox_folder
from nbtrack.store.http.store import HttpStore

__all__ = ["HttpStore", "open_server"]


def open_server(uri: str) -> HttpStore:
    """Open the store on the server at ``http://...`` or ``https://...``; nothing is asked of it yet."""
    return HttpStore(uri, outbox=outbox_folder(uri))
