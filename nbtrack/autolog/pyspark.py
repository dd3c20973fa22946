"""Listens to Spark ML: what a fit was told, how it converged, what a search measured, the model."""

from __future__ import annotations

import inspect
import numbers
import sys
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

from nbtrack.autolog.imports import ImportWatch
from nbtrack.autolog.patching import Function, Patches
from nbtrack.autolog.training import Training, training
from nbtrack.models import ColSpec, DataType, ModelSignature, Schema

_INPUTS = ("inputCol", "inputCols", "featuresCol", "userCol", "itemCol")
"""Params that name the columns which a stage reads when it predicts."""
_INNER = ("estimator", "evaluator", "classifier")
"""Params that are estimators or evaluators themselves, with params of their own."""
_TYPES = {
    "boolean": DataType.boolean,
    "tinyint": DataType.integer,
    "smallint": DataType.integer,
    "int": DataType.integer,
    "bigint": DataType.long,
    "float": DataType.float,
    "double": DataType.double,
    "string": DataType.string,
    "binary": DataType.binary,
    "timestamp": DataType.datetime,
    "date": DataType.datetime,
}


class SparkIntegration:
    """Listens to ``Estimator.fit``."""

    def install(self, patches: Patches, watch: ImportWatch) -> None:
        def patch_estimators(module: ModuleType) -> None:
            patches.method(module.Estimator, "fit", _listening_fit)

        watch.when_imported("pyspark.ml.base", patch_estimators)


def _listening_fit(function: Function) -> Function:
    signature = inspect.signature(function)

    def fit(*args: Any, **options: Any) -> Any:
        __tracebackhide__ = True
        # A pipeline fits its stages, and a search its candidates, in threads of its own that know of no training.
        caller = str(sys._getframe(1).f_globals.get("__name__"))  # noqa: SLF001 inspect.currentframe() is this, slower
        given = signature.bind(*args, **options).arguments
        told = given.get("params")
        if caller.startswith("pyspark.") or isinstance(told, (list, tuple)):
            return function(*args, **options)
        estimator = given["self"]
        with training("pyspark", type(estimator).__name__, lambda: dict(_params(estimator.copy(told)))) as found:
            model = function(*args, **options)
            if found is not None:
                _write_down(found, estimator, given["dataset"], model)
        return model

    return fit


def _params(estimator: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield what an estimator was told; of a pipeline by the classes of its stages."""
    for param, value in estimator.extractParamMap().items():
        if param.name == "stages":
            for name, stage in _named_stages(value):
                yield from _params(stage, f"{prefix}{name}.")
        elif param.name in _INNER:
            yield f"{prefix}{param.name}", type(value).__name__
            yield from _params(value, f"{prefix}{param.name}.")
        elif value is None or (isinstance(value, (str, numbers.Number, list)) and param.name != "estimatorParamMaps"):
            yield f"{prefix}{param.name}", value


def _named_stages(stages: list[Any]) -> Iterator[tuple[str, Any]]:
    seen: dict[str, int] = {}
    for stage in stages:
        name = type(stage).__name__
        seen[name] = seen.get(name, 0) + 1
        yield name if seen[name] == 1 else f"{name}_{seen[name]}", stage


def _write_down(found: Training, estimator: Any, dataset: Any, model: Any) -> None:
    found.record(_log_convergence, found, model)
    found.record(_log_search, found, estimator, model)
    found.model(model, signature=found.attempted(lambda: _signature(dataset, model)))


def _log_convergence(found: Training, model: Any) -> None:
    last = _stages(model)[-1]
    if getattr(last, "hasSummary", False) and hasattr(last.summary, "objectiveHistory"):
        found.history({"objective": list(last.summary.objectiveHistory)})


def _log_search(found: Training, estimator: Any, model: Any) -> None:
    """Log what each candidate of a search reached, by its number, and which params the numbers stand for."""
    measured = getattr(model, "avgMetrics", None) or getattr(model, "validationMetrics", None)
    if not measured:
        return
    evaluator, candidates = estimator.getEvaluator(), estimator.getEstimatorParamMaps()
    name = evaluator.getMetricName() if hasattr(evaluator, "getMetricName") else "metric"
    best = (max if evaluator.isLargerBetter() else min)(range(len(measured)), key=measured.__getitem__)
    found.history({f"candidate_{name}": list(measured)})
    found.summary({f"best_{name}": measured[best], "best_candidate": best})
    found.params({f"best_{key}": value for key, value in _candidate(candidates[best]).items()})
    found.document({str(number): _candidate(each) for number, each in enumerate(candidates)}, "candidates.json")


def _candidate(params: Mapping[Any, Any]) -> dict[str, Any]:
    return {param.name: value for param, value in params.items()}


def _signature(dataset: Any, model: Any) -> ModelSignature | None:
    """Return the columns that the model reads of the data, as far as pandas has a word for them, and its answer."""
    read = set(_columns_read(_stages(model)))
    fields = [field for field in dataset.schema.fields if field.name in read]
    types = [_TYPES.get(field.dataType.simpleString()) for field in fields]
    columns = [ColSpec(kind, field.name) for kind, field in zip(types, fields, strict=True) if kind is not None]
    if not columns or len(columns) < len(fields):
        return None
    # A plan only: nothing is computed.
    answers = {field.name: field.dataType.simpleString() for field in model.transform(dataset).schema.fields}
    kind = _TYPES.get(answers.get("prediction", ""))
    return ModelSignature(Schema(columns), None if kind is None else Schema([ColSpec(kind)]))


def _stages(model: Any) -> list[Any]:
    best = getattr(model, "bestModel", model)
    return list(getattr(best, "stages", [best]))


def _columns_read(stages: list[Any]) -> Iterator[str]:
    for stage in stages:
        for name in _INPUTS:
            if stage.hasParam(name) and stage.isDefined(name):
                value = stage.getOrDefault(name)
                yield from [value] if isinstance(value, str) else value
