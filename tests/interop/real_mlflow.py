"""MLflow, imported without what it warns of while that goes on."""

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import mlflow
    import mlflow.pyfunc
    import mlflow.sklearn

__all__ = ["mlflow"]
