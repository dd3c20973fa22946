"""`nbtrack models predict`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nbtrack.cli.evaluate import read_frame
from nbtrack.cli.opening import check_model_store
from nbtrack.cli.options import store_option
from nbtrack.errors import InvalidInput

if TYPE_CHECKING:
    from nbtrack.models import Schema
    from nbtrack.serving.scoring_request import ScoringRequest

_AS_SERVED = {".csv": "text/csv", ".json": "application/json"}
_OUTPUTS = (".csv", ".json", ".parquet")


@click.command()
@click.option(
    "-m", "--model", "model_uri", required=True, metavar="URI", help="Folder, runs:/... or models:/NAME@ALIAS."
)
@click.option(
    "-i",
    "--input-path",
    "source",
    metavar="FILE",
    default="-",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    help="CSV, TSV, Parquet, JSON lines, or JSON as /invocations takes it; without it, what comes in.",
)
@click.option(
    "-o",
    "--output-path",
    "target",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="CSV, JSON or Parquet file to write; without it, the predictions are printed.",
)
@click.option(
    "-t", "--content-type", type=click.Choice(["csv", "json"]), help="What comes in, and what is printed; CSV."
)
@click.option("--env-manager", hidden=True, help="Accepted for MLflow's callers; models run in this environment.")
@store_option
def predict(
    model_uri: str,
    source: Path,
    target: Path | None,
    content_type: str | None,
    env_manager: str | None,  # noqa: ARG001
) -> None:
    """Predict for the rows of a file."""
    from nbtrack.tracking.models import load_pyfunc_model

    if target is not None and target.suffix.lower() not in _OUTPUTS:
        raise InvalidInput(f"{target.name} is of no kind that can be written; use {', '.join(_OUTPUTS)}.")
    check_model_store(model_uri)
    model = load_pyfunc_model(model_uri)
    given = _read(source, content_type, model.metadata.get_input_schema())
    predictions = model.predict(given.given, dict(given.params) or None)
    if target is None:
        text = _written(predictions, ".json" if content_type == "json" else ".csv")
        click.echo(text, nl=not text.endswith(b"\n"))
    elif target.suffix.lower() == ".parquet":
        _frame(predictions).to_parquet(target)
    else:
        target.write_bytes(_written(predictions, target.suffix.lower()))


def _read(source: Path, content_type: str | None, schema: Schema | None) -> ScoringRequest:
    """Read what is to be predicted: CSV and JSON as the scoring server does, so that both say the same."""
    from nbtrack.serving.scoring_request import ScoringRequest, parse_request

    if str(source) == "-":
        kind: str | None = "application/json" if content_type == "json" else "text/csv"
        content = sys.stdin.buffer.read()
    else:
        kind = _AS_SERVED.get(source.suffix.lower())
        content = b"" if kind is None else source.read_bytes()
    if kind is None:
        return ScoringRequest(read_frame(source))
    return parse_request(kind, content, schema)


def _written(predictions: Any, suffix: str) -> bytes:
    from nbtrack.serving.answer import predictions_to_json

    if suffix == ".csv":
        text: str = _frame(predictions).to_csv(index=False)
        return text.encode()
    try:
        return predictions_to_json(predictions)
    except TypeError as error:
        raise InvalidInput(f"The predictions can't be written as JSON: {error}.") from None


def _frame(predictions: Any) -> Any:
    """Return predictions as a table: a column "prediction", or one for each column that they have."""
    import pandas as pd

    if isinstance(predictions, pd.DataFrame):
        return predictions
    if hasattr(predictions, "toarray"):
        predictions = predictions.toarray()
    frame = pd.DataFrame(predictions)
    if len(frame.columns) == 1:
        return frame.set_axis(["prediction"], axis=1)
    if isinstance(predictions, dict):
        return frame
    return frame.set_axis([f"prediction_{place}" for place in range(len(frame.columns))], axis=1)
