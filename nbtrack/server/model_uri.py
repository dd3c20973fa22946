"""Model URIs from the browser: only models of this store, by id and relative name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nbtrack.errors import InvalidInput

if TYPE_CHECKING:
    from nbtrack.store import Store

_OF_RUN = re.compile(r"runs:/(?P<run>[0-9A-Za-z]+)/(?P<path>.+)")
_OF_VERSION = re.compile(r"models:/(?P<name>[^/@:]+)/(?P<version>[0-9]+)")
_OF_REGISTRY = re.compile(r"models:/[^/@:]+(@[^/@:]+)?")


@dataclass(frozen=True)
class ModelSource:
    """A model of the store and, where it is known, the run that made it."""

    uri: str
    run_id: str | None


def checked_model_uri(store: Store, uri: str) -> ModelSource:
    """Return the source behind ``runs:/RUN_ID/PATH`` or ``models:/...``, or raise NotFound or InvalidInput."""
    of_run = _OF_RUN.fullmatch(uri)
    if of_run:
        store.artifacts.list(of_run["run"], of_run["path"])
        return ModelSource(uri, of_run["run"])
    of_version = _OF_VERSION.fullmatch(uri)
    if of_version:
        return ModelSource(uri, store.registry.get_version(of_version["name"], of_version["version"]).run_id)
    if _OF_REGISTRY.fullmatch(uri):
        return ModelSource(uri, None)
    raise InvalidInput(f"{uri!r} names no model of this store. Use runs:/RUN_ID/PATH or models:/NAME/VERSION.")
