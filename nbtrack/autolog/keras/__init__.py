"""Listens to Keras: a model's fit is a run, and what it is evaluated on later goes into the same run."""

from nbtrack.autolog.keras.integration import KerasIntegration

__all__ = ["KerasIntegration"]
