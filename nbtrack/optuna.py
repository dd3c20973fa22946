"""Optuna's studies under the name of their package."""

from nbtrack.frameworks import Framework

__all__ = ["autolog"]

autolog = Framework("optuna").autolog
