"""What the handlers work with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nbtrack import clock
from nbtrack.rest.intake import Intake
from nbtrack.rest.locations import Locations
from nbtrack.rest.parts import Parts

if TYPE_CHECKING:
    from nbtrack.entities import Batch
    from nbtrack.store import Store


@dataclass(frozen=True)
class Services:
    """Everything that a handler may use.

    ``open_store`` returns the one open store, opening it if need be. Without an ``intake``, points are stored as they
    come: other processes answer for this store, too.
    """

    open_store: Callable[[], Store]
    locations: Locations = field(default_factory=Locations)
    parts: Parts = field(default_factory=Parts)
    now_ms: Callable[[], int] = field(default=clock.now_ms)
    intake: Intake | None = None

    @property
    def store(self) -> Store:
        """The open store, with all that was logged."""
        if self.intake is not None:
            self.intake.settle()
        return self.open_store()

    def log(self, run_id: str, batch: Batch) -> None:
        """Take a batch for a run, all of it or nothing; ``store`` has it then."""
        if self.intake is None:
            self.open_store().runs.log(run_id, batch)
        else:
            self.intake.log(self.open_store(), run_id, batch)

    def close(self) -> None:
        """Store what was logged, and forget what was sent in part."""
        self.parts.close()
        if self.intake is not None:
            self.intake.close()
