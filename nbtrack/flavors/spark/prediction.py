"""What a pipeline answers to a frame of pandas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nbtrack.errors import InvalidInput
from nbtrack.flavors.protocol import Predictor
from nbtrack.flavors.spark.session import spark_session

_PREDICTION = "prediction"


def predictor_of(model: Any) -> Predictor:
    """Return what predicts: a list of what stands in the column ``prediction``, vectors as lists of numbers.

    A pipeline whose last stage gives no such column, a scaler's say, answers with that stage's output column.
    """

    def predict(given: Any, params: Mapping[str, Any]) -> list[Any]:  # noqa: ARG001 transform() takes none
        frame = _with_vectors(spark_session().createDataFrame(given), model)
        answer = model.transform(frame)
        column = _answer_column(model, answer.columns)
        return [_plain(row[0]) for row in answer.select(column).collect()]

    return predict


def _with_vectors(frame: Any, model: Any) -> Any:
    """Make vectors of the lists of numbers in the column of features, which pandas has no other word for."""
    from pyspark.ml.functions import array_to_vector
    from pyspark.sql.types import ArrayType, DoubleType

    last = model.stages[-1]
    name = last.getOrDefault("featuresCol") if last.hasParam("featuresCol") else None
    if name not in frame.columns:
        return frame
    kind = frame.schema[name].dataType
    is_list = isinstance(kind, ArrayType) and isinstance(kind.elementType, DoubleType)
    return frame.withColumn(name, array_to_vector(name)) if is_list else frame


def _answer_column(model: Any, columns: list[str]) -> str:
    if _PREDICTION in columns:
        return _PREDICTION
    last = model.stages[-1]
    if last.hasParam("outputCol") and (name := str(last.getOrDefault("outputCol"))) in columns:
        return name
    raise InvalidInput(f"The pipeline gives no column {_PREDICTION!r}. It gives {', '.join(columns)}.")


def _plain(value: Any) -> Any:
    return value.toArray().tolist() if hasattr(value, "toArray") else value
