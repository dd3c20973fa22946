"""Runs side by side."""

from __future__ import annotations

from collections.abc import Sequence

import click

from nbtrack.cli.documents import Document
from nbtrack.cli.lookup import SHORT_ID
from nbtrack.cli.output import print_json, print_table
from nbtrack.cli.table import Cell, Column
from nbtrack.entities import SYSTEM_METRICS, Run
from nbtrack.evaluation import ComparedRow, ComparedRun, compare


def show_comparison(runs: Sequence[Run], *, everything: bool, as_json: bool) -> None:
    """Print the params and metrics in which runs differ, or all."""
    comparison = compare([ComparedRun(run.info.run_id, run.data.params, run.data.metrics) for run in runs])
    if as_json:
        print_json(
            {
                "runs": [{"run_id": run.info.run_id, "run_name": run.info.run_name} for run in runs],
                "params": [_row_document(row) for row in comparison.params],
                "metrics": [_row_document(row) for row in comparison.metrics],
            }
        )
        return
    rows = [("param", row) for row in comparison.params] + [("metric", row) for row in comparison.metrics]
    shown = [(kind, row) for kind, row in rows if everything or _is_telling(row)]
    if shown:
        columns = [Column(""), Column("KEY"), *(Column(name) for name in _headings(runs))]
        print_table(columns, [_cells(kind, row) for kind, row in shown])
    left_out = len(rows) - len(shown)
    if left_out or not rows:
        click.echo(_rest(left_out, is_all=not shown), err=True)


def _is_telling(row: ComparedRow) -> bool:
    """Tell whether a row says something of the runs: what was measured of the machine always differs."""
    return row.differs and not row.key.startswith(SYSTEM_METRICS)


def _rest(left_out: int, *, is_all: bool) -> str:
    if not left_out:
        return "These runs have no params and no metrics."
    words = "All params and metrics are equal" if is_all else f"{left_out} more are equal, or of the machine"
    return f"{words}; --all shows them."


def _headings(runs: Sequence[Run]) -> list[str]:
    """Return the runs' names, with the beginnings of their ids where several have one name."""
    names = [run.info.run_name for run in runs]
    return [
        run.info.run_name
        if names.count(run.info.run_name) == 1
        else f"{run.info.run_name} {run.info.run_id[:SHORT_ID]}"
        for run in runs
    ]


def _cells(kind: str, row: ComparedRow) -> list[str | Cell]:
    return [Cell(kind, "bright_black"), row.key, *row.shown()]


def _row_document(row: ComparedRow) -> Document:
    return {"key": row.key, "values": list(row.values), "differs": row.differs}
