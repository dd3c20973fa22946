"""Spark ML: fitted pipelines in Spark's own folders."""

from nbtrack.flavors.spark.flavor import SparkFlavor

__all__ = ["SparkFlavor"]
