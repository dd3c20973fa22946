from __future__ import annotations

import os
import warnings
from collections.abc import Iterator

import pytest

from tests.rest.running import RestServer, running

# Read when MLflow is imported; nothing of it leaves the machine.
os.environ |= {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "GIT_PYTHON_REFRESH": "quiet",
}
with warnings.catch_warnings():
    # What its dependencies deprecate is not ours to mend.
    warnings.simplefilter("ignore")
    import mlflow
    import mlflow.sklearn


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RestServer]:
    with running(tmp_path_factory.mktemp("rest")) as started:
        yield started


@pytest.fixture
def client(server: RestServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[mlflow.MlflowClient]:
    """MLflow's own client, unmodified, which is also what its fluent functions use."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI"):
        monkeypatch.setenv(name, server.url)  # MLflow sets them, for ever
    mlflow.set_tracking_uri(server.url)
    mlflow.set_registry_uri(server.url)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield mlflow.MlflowClient(server.url)
    while mlflow.active_run() is not None:
        mlflow.end_run()
