"""Model URIs from the browser: only models of this store, by id and relative name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbtrack.errors import InvalidInput
from nbtrack.registry import ModelPlace, locate

if TYPE_CHECKING:
    from nbtrack.store import Store

_SCHEMES = ("runs:/", "models:/")


def place_of(model_uri: str, store: Store) -> ModelPlace:
    """Find a model of the store, or raise InvalidInput for a path and NotFound for what is not there."""
    if not model_uri.startswith(_SCHEMES):
        raise InvalidInput(
            f"{model_uri!r} names no model of this store. Use runs:/RUN_ID/PATH or models:/NAME/VERSION."
        )
    return locate(model_uri, store)
