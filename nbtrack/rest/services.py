"""What the handlers work with."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nbtrack.rest.locations import Locations

if TYPE_CHECKING:
    from nbtrack.store import Store


@dataclass(frozen=True)
class Services:
    """Everything that a handler may use. ``open_store`` returns the one open store, opening it if need be."""

    open_store: Callable[[], Store]
    locations: Locations = field(default_factory=Locations)
    now_ms: Callable[[], int] = field(default=lambda: time.time_ns() // 1_000_000)

    @property
    def store(self) -> Store:
        """The open store."""
        return self.open_store()
