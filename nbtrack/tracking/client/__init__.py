"""The tracking API by ids, without an active run, under the names that MLflow's client has."""

from nbtrack.tracking.client.artifacts import ArtifactCalls
from nbtrack.tracking.client.experiments import ExperimentCalls
from nbtrack.tracking.client.logged_models import LoggedModelCalls
from nbtrack.tracking.client.registry import RegistryCalls
from nbtrack.tracking.client.runs import RunCalls
from nbtrack.tracking.client.versions import VersionCalls

__all__ = ["Client"]


class Client(ExperimentCalls, RunCalls, ArtifactCalls, LoggedModelCalls, RegistryCalls, VersionCalls):
    """Works on the store at ``tracking_uri``; without one, on the store that is open in this process."""
