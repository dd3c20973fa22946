from __future__ import annotations

from typing import Any

import click

from nbtrack.entities import Run, is_lower_better

MAX_METRICS = 3


@click.group()
def runs() -> None:
    """Look at runs."""


@runs.command(name="list")
@click.option("-e", "--experiment", metavar="NAME", help="Only runs of this experiment; of all by default.")
@click.option("-f", "--filter", "filter_string", default="", help="As in: metrics.rmse < 1 and params.model = 'tree'")
@click.option("-n", "--limit", default=50, show_default=True)
def list_runs(experiment: str | None, filter_string: str, limit: int) -> None:
    """List runs as a table, newest first."""
    from nbtrack.tracking import find_runs

    found = find_runs(
        filter_string=filter_string,
        max_results=limit,
        experiment_names=[experiment] if experiment else None,
        search_all_experiments=experiment is None,
    )
    if not found:
        click.echo("No runs. In a notebook: %load_ext nbtrack, then %autolog or %%track.")
        return
    click.echo(table([row_of(run) for run in found], header=("RUN", "STATUS", "SECONDS", "PARAMS", "METRICS")))


def row_of(run: Run) -> tuple[str, ...]:
    seconds = "" if run.info.end_time is None else f"{(run.info.end_time - run.info.start_time) / 1000:.2f}"
    ranked = sorted(
        run.data.metrics.items(), key=lambda item: (item[0].startswith("training_"), is_lower_better(item[0]))
    )
    metrics = "  ".join(f"{key} {value:.4g}" for key, value in ranked[:MAX_METRICS])
    return run.info.run_name, run.info.status.value, seconds, str(len(run.data.params)), metrics


def table(rows: list[tuple[str, ...]], *, header: tuple[str, ...]) -> str:
    """Lay rows out in columns as wide as their longest cell."""
    lines: list[Any] = [header, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )
