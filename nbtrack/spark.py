"""Spark ML's models under the names that MLflow's users know."""

from nbtrack.frameworks import Framework

__all__ = ["autolog", "load_model", "log_model", "save_model"]

_framework = Framework("pyspark", "spark_model")
save_model, log_model = _framework.save_model, _framework.log_model
load_model, autolog = _framework.load_model, _framework.autolog
