"""What nbtrack's own clients may claim of places: as for all clients, nothing reaches the server's own files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from nbtrack.entities import Batch, LoggedModel, NewRun
from nbtrack.rest.locations import check_for_clients
from nbtrack.rest.sources import settled_source
from nbtrack.store.protocol import Delivery, NewVersion


def settled_claims(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the arguments of a store's method with sources as they are stored.

    Raises
    ------
    InvalidInput
        Artifacts or a model would lie where a client may not choose.
    """
    for place in (arguments.get("artifact_location"), *_places(tuple(arguments.values()))):
        if place is not None:
            check_for_clients(place)
    return {
        name: replace(value, source=settled_source(value.source)) if isinstance(value, NewVersion) else value
        for name, value in arguments.items()
    }


def _places(value: object) -> Iterator[str | None]:
    """Give the places that runs and models are said to have; points, of which there may be many, are not looked at."""
    if isinstance(value, NewRun | LoggedModel):
        yield value.artifact_uri
    inner: tuple[object, ...] = ()
    if isinstance(value, list | tuple):
        inner = tuple(value)
    elif isinstance(value, NewRun):
        inner = (value.batch,)
    elif isinstance(value, Batch):
        inner = value.models
    elif isinstance(value, Delivery):
        inner = (*value.new_runs, *(batch for _, batch in value.batches))
    for each in inner:
        yield from _places(each)
