from __future__ import annotations

import nbtrack
from nbtrack.entities import Run


def all_runs() -> list[Run]:
    """Runs, oldest first, without children."""
    found = nbtrack.search_runs(output_format="list", order_by=["attributes.start_time ASC"])
    assert isinstance(found, list)
    return [run for run in found if "mlflow.parentRunId" not in run.data.tags]


def children_of(run: Run) -> list[Run]:
    found = nbtrack.search_runs(output_format="list")
    assert isinstance(found, list)
    return [child for child in found if child.data.tags.get("mlflow.parentRunId") == run.info.run_id]


def only_run() -> Run:
    found = all_runs()
    assert len(found) == 1, [run.data.tags.get("estimator_name") for run in found]
    return found[0]


def curve(run_id: str, key: str) -> list[tuple[int, float]]:
    """Steps and values of a metric."""
    return [(point.step, point.value) for point in nbtrack.Client().get_metric_history(run_id, key)]
