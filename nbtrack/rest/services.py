"""What the handlers work with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nbtrack import clock
from nbtrack.rest.locations import Locations
from nbtrack.rest.parts import Parts

if TYPE_CHECKING:
    from nbtrack.store import Store


@dataclass(frozen=True)
class Services:
    """Everything that a handler may use. ``open_store`` returns the one open store, opening it if need be."""

    open_store: Callable[[], Store]
    locations: Locations = field(default_factory=Locations)
    parts: Parts = field(default_factory=Parts)
    now_ms: Callable[[], int] = field(default=clock.now_ms)

    @property
    def store(self) -> Store:
        """The open store."""
        return self.open_store()
