from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from nbtrack.cli.opening import check_model_store, existing_uri
from nbtrack.cli.options import json_option, store_option
from nbtrack.cli.output import print_json
from nbtrack.errors import EvaluationError


@click.command()
@click.option("-m", "--model", required=True, metavar="URI", help="Folder, runs:/... or models:/NAME/VERSION.")
@click.option("-d", "--data", required=True, type=click.Path(path_type=Path), help="CSV or Parquet file.")
@click.option("-t", "--target", required=True, metavar="COLUMN", help="Column with the true values.")
@click.option(
    "--model-type", type=click.Choice(["classifier", "regressor"]), help="Told from model and data if left out."
)
@click.option("--run-id", metavar="ID", help="Run to log to; the model's own by default.")
@click.option("--no-explain", is_flag=True, help="Leave out SHAP.")
@json_option
@store_option
def evaluate(
    model: str, data: Path, target: str, model_type: str | None, run_id: str | None, no_explain: bool, as_json: bool
) -> None:
    """Evaluate a model on a file and log the result to a run."""
    from nbtrack.tracking.evaluation import evaluate as evaluate_model

    check_model_store(model)
    if run_id is not None:
        existing_uri()
    result = evaluate_model(
        model,
        read_frame(data),
        target,
        model_type,
        run_id=run_id,
        dataset_name=data.name,
        explain=not no_explain,
    )
    if as_json:
        print_json(
            {
                "model_type": result.model_type,
                "metrics": result.metrics,
                "artifacts": sorted(result.artifacts),
                "warnings": list(result.warnings),
            }
        )
    else:
        click.echo(repr(result))


def read_frame(file: Path) -> Any:
    """Read a table from a CSV, TSV, Parquet or JSON-lines file.

    Raises
    ------
    EvaluationError
        The file is missing, of another kind, or no table.
    """
    import pandas as pd

    readers: dict[str, Any] = {
        ".csv": pd.read_csv,
        ".tsv": lambda path: pd.read_csv(path, sep="\t"),
        ".parquet": pd.read_parquet,
        ".jsonl": lambda path: pd.read_json(path, lines=True),
    }
    reader = readers.get(file.suffix.lower())
    if reader is None:
        raise EvaluationError(f"{file.name} is of no kind that can be read; use {', '.join(readers)}.")
    if not file.is_file():
        raise EvaluationError(f"There is no file {file}.")
    try:
        return reader(file)
    except (ValueError, OSError) as error:
        raise EvaluationError(f"{file.name} can't be read as a table: {error}") from error
