"""What can be copied to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from nbtrack.entities import Experiment, RegisteredModel
from nbtrack.transfer.settled import Settled
from nbtrack.transfer.source import SourceModel, SourceRun


class Destination(Protocol):
    """Takes what a source yields, in its order, and tells its report what became of it.

    A thing that can't be kept is reported and left out; only a fault of the destination itself is raised.
    """

    @property
    def name(self) -> str: ...
    def experiment(self, experiment: Experiment) -> None: ...
    def settled(self, experiment: Experiment) -> Settled:
        """Return what of an experiment is here, and need not come again if it has not changed."""
        ...

    def runs(self, runs: Sequence[SourceRun]) -> None: ...
    def model(self, model: SourceModel) -> None: ...
    def registered_model(self, model: RegisteredModel) -> None: ...
    def finish(self) -> None:
        """Make whole what was copied."""
        ...

    def close(self) -> None: ...
