"""What the sidebar asks a kernel for: its DataFrames, and an evaluation on one of them."""

from __future__ import annotations

import json
import sys
from typing import Any

MAX_COLUMNS = 1_000


def frames() -> str:
    """Return the user's DataFrames as a JSON list of ``{name, rows, columns}``, the newest last."""
    pandas = sys.modules.get("pandas")
    if pandas is None:
        return "[]"
    found = [
        {"name": name, "rows": len(value), "columns": [str(column) for column in value.columns[:MAX_COLUMNS]]}
        for name, value in _namespace().items()
        if isinstance(value, pandas.DataFrame) and not name.startswith("_")
    ]
    return json.dumps(found)


def evaluate_frame(name: str, target: str, model_type: str | None, run_id: str, model_path: str) -> None:
    """Evaluate a run's model on a DataFrame of the user and log the result to the run.

    Raises
    ------
    EvaluationError
        The frame is gone, or can't be used; the sidebar shows the message.
    """
    from nbtrack.errors import EvaluationError
    from nbtrack.tracking.evaluation import evaluate

    data = _namespace().get(name)
    if data is None:
        raise EvaluationError(f"The kernel has no DataFrame {name!r} any more. Run the cell that makes it.")
    evaluate(f"runs:/{run_id}/{model_path}", data, target, model_type or None, run_id=run_id, dataset_name=name)


def _namespace() -> dict[str, Any]:
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    return dict(shell.user_ns) if shell is not None else {}
