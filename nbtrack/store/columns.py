from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TypeVar

from nbtrack.entities import Run
from nbtrack.store.protocol import RunTable

Value = TypeVar("Value")
Missing = TypeVar("Missing")


def table_of(found: Sequence[Run]) -> RunTable:
    """Lay runs out as columns, for a store that has no faster way to them."""
    return RunTable(
        run_ids=[run.info.run_id for run in found],
        experiment_ids=[run.info.experiment_id for run in found],
        names=[run.info.run_name for run in found],
        statuses=[run.info.status.value for run in found],
        artifact_uris=[run.info.artifact_uri for run in found],
        start_times=[run.info.start_time for run in found],
        end_times=[run.info.end_time for run in found],
        metrics=_columns([run.data.metrics for run in found], math.nan),
        params=_columns([run.data.params for run in found], None),
        tags=_columns([run.data.tags for run in found], None),
    )


def _columns(logged: Sequence[Mapping[str, Value]], missing: Missing) -> dict[str, list[Value | Missing]]:
    keys = sorted({key for values in logged for key in values})
    return {key: [values.get(key, missing) for values in logged] for key in keys}
