"""Saving and loading fitted pipelines of Spark ML."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbtrack.errors import MalformedModel, UnsavableModel
from nbtrack.flavors.pickling import inner_path
from nbtrack.flavors.protocol import FlavorConfig, Predictor
from nbtrack.flavors.spark.prediction import predictor_of
from nbtrack.flavors.spark.session import spark_session
from nbtrack.models import require_trust

_FOLDER = "sparkml"
_CONNECT = "pyspark.ml.connect."


class SparkFlavor:
    """Saves what ``fit`` of a pipeline or an estimator of Spark ML returns; it comes back as a ``PipelineModel``."""

    name = "spark"

    def save(self, model: Any, directory: Path) -> FlavorConfig:
        import pyspark

        pipeline = _pipeline(model)
        _write(pipeline, directory / _FOLDER)
        cls = type(pipeline)
        section = {
            "pyspark_version": pyspark.__version__,
            "model_data": _FOLDER,
            "model_class": f"{cls.__module__}.{cls.__name__}",
            "code": None,
        }
        pyfunc = {"loader_module": "mlflow.spark", "data": _FOLDER}
        stages = {type(stage).__module__.partition(".")[0] for stage in pipeline.stages}
        return FlavorConfig(section, pyfunc, frozenset({"pyspark", "numpy", "pandas"} | stages))

    def load(self, directory: Path, config: FlavorConfig) -> Any:
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException
        from pyspark.ml import PipelineModel

        # Its files name classes of Java and of Python, which are looked up and called.
        require_trust(directory, "a pipeline of Spark, whose files name the classes that are run")
        if str(config.section.get("model_class")).startswith(_CONNECT):
            raise MalformedModel(f"{directory} is a model of Spark Connect, which is a framework of its own.")
        folder = inner_path(directory, config.section.get("model_data") or _FOLDER)
        spark_session()
        try:
            return PipelineModel.load(_uri(folder))
        except ModuleNotFoundError as error:
            raise MalformedModel(f"{folder} needs a module that is not installed here: {error}") from error
        except (PySparkException, Py4JError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise MalformedModel(f"{folder} is no whole pipeline of Spark: {_reason(error)}") from error

    def predictor(self, model: Any, config: FlavorConfig) -> Predictor:  # noqa: ARG002 the protocol's
        return predictor_of(model)


def _pipeline(model: Any) -> Any:
    """Return the model as a pipeline, which is what loading expects."""
    from pyspark.ml import Estimator, PipelineModel, Transformer
    from pyspark.ml.util import MLWritable

    kind = type(model)
    if isinstance(model, Estimator):
        raise UnsavableModel(f"This {kind.__name__} can't be saved: it is not fitted yet. Save what its fit() returns.")
    if not isinstance(model, Transformer) or f"{kind.__module__}.".startswith(_CONNECT):
        raise UnsavableModel(f"This {kind.__name__} is no fitted model of Spark ML: save what a fit() returned.")
    stages = model.stages if isinstance(model, PipelineModel) else [model]
    for stage in stages:
        if not isinstance(stage, MLWritable):
            raise UnsavableModel(
                f"The stage {type(stage).__name__} can't be saved: Spark writes stages that derive from MLWritable, "
                "such as by DefaultParamsWritable."
            )
    return model if isinstance(model, PipelineModel) else PipelineModel(stages)


def _write(pipeline: Any, folder: Path) -> None:
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        pipeline.save(_uri(folder))
    except (PySparkException, Py4JError, ValueError) as error:
        raise UnsavableModel(f"Spark can't write this pipeline: {_reason(error)}") from error
    if not any((folder / "metadata").glob("part-*")):
        raise UnsavableModel(
            f"Spark wrote the pipeline to the disks of other machines and not to {folder}: its workers are a cluster. "
            "Save it where a session with the master local[*] runs, or below a folder that all of them share."
        )


def _uri(folder: Path) -> str:
    # Hadoop takes a path as it is written: as_uri() would escape a space, and it would not be undone.
    return f"file:///{folder.absolute().as_posix().lstrip('/')}"


def _reason(error: Exception) -> str:
    """Return what an error of Spark says, without the stack of the JVM."""
    lines = [line.strip(": \t") for line in str(error).splitlines() if line.strip()]
    is_wrapped = len(lines) > 1 and lines[0].startswith("An error occurred while calling")
    return lines[1] if is_wrapped else next(iter(lines), type(error).__name__)
