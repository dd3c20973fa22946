"""Evaluating a model and writing the result down on a run."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbtrack.clock import now_ms
from nbtrack.data import dataset_of, labelled
from nbtrack.entities import Batch, DatasetInput, Metric
from nbtrack.errors import StoreUnavailable
from nbtrack.tracking import files, log
from nbtrack.tracking.active import start_run
from nbtrack.tracking.active_model import get_active_model_id
from nbtrack.tracking.model_metrics import check_logged_model, points_of_model
from nbtrack.tracking.models import load_pyfunc_model, logged_model_of, model_place
from nbtrack.tracking.opened import active_run

if TYPE_CHECKING:
    from nbtrack.evaluation import EvaluationResult

ARTIFACT_FOLDER = "evaluation"


def evaluate(
    model: Any = None,
    data: Any = None,
    targets: Any = None,
    model_type: str | None = None,
    *,
    predictions: str | None = None,
    run_id: str | None = None,
    model_id: str | None = None,
    dataset_name: str | None = None,
    explain: bool = True,
    evaluators: Any = None,  # noqa: ARG001 accepted for MLflow's callers
    evaluator_config: Any = None,  # noqa: ARG001
) -> EvaluationResult:
    """Evaluate a model on labelled data and log metrics, plots and tables to a run.

    The metrics are also those of the logged model that was evaluated, on this dataset.

    Parameters
    ----------
    model
        A model URI, a loaded model, or anything with ``predict``; None with ``predictions``.
    data
        A DataFrame, an array of (rows, columns), or a dataset of ``nbtrack.data`` or ``mlflow.data``.
    targets
        The name of a column of ``data``, or the true values, (rows,). Default: the dataset's.
    model_type
        'classifier' or 'regressor'; by default told from targets and model.
    predictions
        The name of a column of ``data`` that holds predictions made before. Default: the dataset's, without a model.
    run_id
        Where to log. Default: the active run; else the run of the model, if its URI names one; else a new run.
    model_id
        The logged model that was evaluated. Default: what the URI, or the loaded model, says; else that of
        ``set_active_model``.
    dataset_name
        Name of the data on the run.
    explain
        Whether to add feature importances and SHAP.

    Raises
    ------
    EvaluationError
        The data or the model can't be evaluated; nothing is logged then.
    """
    result = _evaluate(model, data, targets, model_type, predictions, explain)
    evaluated = check_logged_model(model_id) if model_id else _known_model(model) or get_active_model_id()
    target = run_id or _run_of(model)
    if target is not None:
        _record(target, result, data, dataset_name, evaluated)
        return result
    with start_run() as run:
        _record(run.info.run_id, result, data, dataset_name, evaluated)
    return result


def _evaluate(
    model: Any, data: Any, targets: Any, model_type: str | None, predictions: str | None, explain: bool
) -> EvaluationResult:
    from nbtrack.errors import EvaluationError
    from nbtrack.evaluation import evaluate_model, evaluate_predictions

    dataset = labelled(data)
    if dataset is not None:
        data, targets = dataset.data, dataset.targets if targets is None else targets
        if model is None:
            predictions = predictions or dataset.predictions
        elif dataset.predictions is not None:
            data = data.drop(columns=[dataset.predictions])
    if predictions is not None:
        true_values = data[targets] if isinstance(targets, str) else targets
        return evaluate_predictions(true_values, data[predictions], model_type=model_type)
    if model is None:
        raise EvaluationError("evaluate() needs a model, or the name of a column with predictions made before.")
    loaded = load_pyfunc_model(model) if isinstance(model, (str, Path)) else model
    return evaluate_model(loaded, data, targets, model_type=model_type, explain=explain)


def _run_of(model: Any) -> str | None:
    run = active_run()
    if run is not None:
        return run.info.run_id
    return model_place(model).run_id if isinstance(model, str) else None


def _known_model(model: Any) -> str | None:
    try:
        return logged_model_of(model)
    except StoreUnavailable:
        return None  # the run has the metrics all the same


def _record(run_id: str, result: EvaluationResult, data: Any, dataset_name: str | None, model_id: str | None) -> None:
    now = now_ms()
    points = tuple(Metric(key, float(value), now) for key, value in result.metrics.items())
    described = dataset_of(data, name=dataset_name, unnamed="evaluation data")
    used = () if described is None else (DatasetInput(described, "evaluation"),)
    measured = () if model_id is None else points_of_model(model_id, points, used[0].dataset if used else None)
    tags = {f"nbtrack.evaluation.{result.model_type}": "true"}
    log.append(run_id, Batch(points, tags=tags, inputs=used, model_metrics=measured))
    with tempfile.TemporaryDirectory() as folder:
        for artifact in result.artifacts.values():
            artifact.write(Path(folder))
        files.keep(run_id, lambda keeper: keeper.put_folder(run_id, ARTIFACT_FOLDER, Path(folder)))
