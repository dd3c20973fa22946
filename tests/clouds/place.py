"""What the tests need of a bucket or container, whoever's service it is in."""

from __future__ import annotations

from typing import Protocol


class CloudPlace(Protocol):
    """A bucket or container, and the service's own client to look into it."""

    @property
    def url(self) -> str: ...
    def names(self) -> list[str]: ...
    def put(self, key: str, content: bytes) -> None: ...
