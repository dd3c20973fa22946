from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field

from nbtrack.transfer.report import Report
from nbtrack.transfer.source import lasting_run_id


@dataclass(frozen=True)
class Settled:
    """The runs and models of an experiment that are here. A source asks before it reads what takes time.

    Parameters
    ----------
    stamps
        Of runs that came whole and were not changed here, by their ids.
    model_ids
        Models that are here.
    """

    report: Report
    stamps: Mapping[str, str] = field(default_factory=dict)
    model_ids: Set[str] = frozenset()
    is_remembering: bool = False
    """Whether the stamps of the runs that come now are remembered."""
    unchanged_runs: set[str] = field(default_factory=set)
    """Their ids, of those that were asked for."""
    unchanged_models: set[str] = field(default_factory=set)

    def has_run(self, source_id: str, stamp: str | None) -> bool:
        """Tell whether a run is at its source as it was when it came; then it need not be yielded."""
        run_id = lasting_run_id(source_id)
        if stamp is None or self.stamps.get(run_id) != stamp:
            return False
        self.unchanged_runs.add(run_id)
        self.report.already_here["unchanged run"] += 1
        return True

    def has_model(self, model_id: str, source_id: str | None) -> bool:
        """Tell whether a model is here and belongs to an unchanged run."""
        if source_id is None or lasting_run_id(source_id) not in self.unchanged_runs or model_id not in self.model_ids:
            return False
        self.unchanged_models.add(model_id)
        self.report.already_here["unchanged model"] += 1
        return True
