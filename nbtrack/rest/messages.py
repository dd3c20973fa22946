"""The types of requests' fields, and what they may hold.

The metadata is checked when a request is read, is in the OpenAPI document, and tells the tests what to send wrong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Annotated

from msgspec import Meta

from nbtrack.errors import InvalidInput
from nbtrack.limits import MAX_KEY_LENGTH, MAX_NAME_LENGTH, MAX_VALUE_LENGTH
from nbtrack.rest.struct import Struct

_NO_NUL = "^[^\u0000]*$"
"""Databases keep no NUL character."""

Id = Annotated[str, Meta(min_length=1, max_length=256, pattern=_NO_NUL)]
Key = Annotated[str, Meta(min_length=1, max_length=MAX_KEY_LENGTH)]
Name = Annotated[str, Meta(min_length=1, max_length=MAX_NAME_LENGTH, pattern=_NO_NUL)]
RegistryValue = Annotated[str, Meta(max_length=100_000, pattern=_NO_NUL)]
Value = Annotated[str, Meta(max_length=MAX_VALUE_LENGTH, pattern=_NO_NUL)]
Label = Annotated[str, Meta(max_length=MAX_NAME_LENGTH, pattern=_NO_NUL)]
Text = Annotated[str, Meta(max_length=100_000, pattern=_NO_NUL)]
Uri = Annotated[str, Meta(max_length=2048, pattern=_NO_NUL)]
ArtifactPath = Annotated[str, Meta(max_length=4096, pattern=_NO_NUL)]
FilePath = Annotated[str, Meta(min_length=1, max_length=4096, pattern=_NO_NUL)]
Filter = Annotated[str, Meta(max_length=20_000, pattern=_NO_NUL)]
PageToken = Annotated[str, Meta(max_length=200_000)]
Version = Annotated[str, Meta(pattern="^[0-9]{1,9}$")]
Int64 = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]


class Message(Struct):
    """A request, or a part of one."""


class KeyValue(Message):
    """A param or tag."""

    key: Key
    value: Value = ""


class RegistryTag(Message):
    """A tag of a registered model or version."""

    key: Key
    value: RegistryValue = ""


RegistryTags = Annotated[tuple[RegistryTag, ...], Meta(max_length=1000)]
Tags = Annotated[tuple[KeyValue, ...], Meta(max_length=1000)]
Ids = Annotated[tuple[Id, ...], Meta(max_length=10_000)]
OrderBy = Annotated[tuple[Filter, ...], Meta(max_length=100)]


MaxResults = Annotated[int, Meta(ge=1, le=50_000)]


class ViewType(Enum):
    """Which of active and deleted things are looked at."""

    ACTIVE_ONLY = "ACTIVE_ONLY"
    DELETED_ONLY = "DELETED_ONLY"
    ALL = "ALL"

    @property
    def lifecycle(self) -> str | None:
        """The lifecycle as stores know it; None for both."""
        return {"ACTIVE_ONLY": "active", "DELETED_ONLY": "deleted"}.get(self.value)


class Empty(Message):
    """A request that carries nothing."""


def by_key(items: Sequence[KeyValue] | Sequence[RegistryTag], kind: str) -> Mapping[str, str]:
    """Return params or tags by key.

    Raises
    ------
    InvalidInput
        A key comes twice: which value is meant?
    """
    values = {item.key: item.value for item in items}
    if len(values) != len(items):
        keys = [item.key for item in items]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise InvalidInput(f"The {kind} key {twice!r} comes twice in this request. Send each key once.")
    return values
