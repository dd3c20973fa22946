"""The store on a server that speaks MLflow's REST and knows nothing of nbtrack.

What MLflow has no place for is kept in tags whose names begin with ``nbtrack.``, and, where it is long, in JSON
artifacts of the run below ``nbtrack/``.
"""

from nbtrack.store.http.mlflow.server import MlflowServer

__all__ = ["MlflowServer"]
