from __future__ import annotations

from nbtrack.server.documents import Document
from nbtrack.server.evaluations import Evaluation, checked_model_type, evaluate_command
from nbtrack.server.model_uri import place_of
from nbtrack.server.requests import ById, EvaluateFile
from nbtrack.server.services import Services


def evaluate_file(services: Services, request: EvaluateFile) -> Document:
    """Evaluate a run's model on a file; the result lands on the run."""
    model_uri = f"runs:/{request.id}/{request.model_path}"
    place_of(model_uri, services.store)
    command = evaluate_command(
        model_uri=model_uri,
        file=services.evaluations.file_below_root(request.file),
        target=request.target,
        model_type=checked_model_type(request.model_type),
        run_id=request.id,
    )
    return _document(services.evaluations.start(command, run_id=request.id))


def read_evaluation(services: Services, request: ById) -> Document:
    return _document(services.evaluations.get(request.id))


def _document(evaluation: Evaluation) -> Document:
    return {
        "id": evaluation.evaluation_id,
        "runId": evaluation.run_id,
        "state": evaluation.state,
        "error": evaluation.error,
    }
