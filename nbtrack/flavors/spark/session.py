"""The session of Spark that models are read and asked in."""

from __future__ import annotations

from typing import Any

from nbtrack.errors import ModelError
from nbtrack.flavors.java import require_java

# It serves this process alone: nothing of it listens to other machines, and it has no pages to look at.
_LOCAL = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.ui.enabled": "false",
}


def spark_session() -> Any:
    """Return the session that this process has, or start one on this machine.

    Raises
    ------
    MissingProgram
        There is no Java to start it.
    ModelError
        It does not start.
    """
    from pyspark import SparkContext
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    active = SparkSession.getActiveSession()
    if active is not None:
        return active
    # In another thread than the session's own none is active.
    if SparkContext._active_spark_context is not None:  # noqa: SLF001 nothing public asks without making one
        return SparkSession.builder.getOrCreate()
    require_java("Spark")
    builder = SparkSession.builder.master("local[*]").appName("nbtrack")
    for key, value in _LOCAL.items():
        builder = builder.config(key, value)
    try:
        return builder.getOrCreate()
    except PySparkException as error:
        raise ModelError(f"Spark can't be started: {error}") from error
