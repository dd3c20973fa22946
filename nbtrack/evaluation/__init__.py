"""Evaluation of models: values in, an `EvaluationResult` out. Nothing here writes to a store."""

from nbtrack.evaluation.artifact import Artifact, Plot, Table
from nbtrack.evaluation.comparison import ComparedRow, ComparedRun, Comparison, compare
from nbtrack.evaluation.evaluate import evaluate_model, evaluate_predictions
from nbtrack.evaluation.model_type import ModelType, guess_model_type
from nbtrack.evaluation.result import EvaluationResult

__all__ = [
    "Artifact",
    "ComparedRow",
    "ComparedRun",
    "Comparison",
    "EvaluationResult",
    "ModelType",
    "Plot",
    "Table",
    "compare",
    "evaluate_model",
    "evaluate_predictions",
    "guess_model_type",
]
