"""What every store promises. A store's own test module imports this class and gives it a ``store`` fixture."""

from __future__ import annotations

from tests.store.contract.artifacts import ArtifactContract
from tests.store.contract.experiments import ExperimentContract
from tests.store.contract.lists import ListContract
from tests.store.contract.logged_models import LoggedModelContract
from tests.store.contract.metrics import MetricContract
from tests.store.contract.purge import PurgeContract
from tests.store.contract.records import RecordContract
from tests.store.contract.registry import RegistryContract
from tests.store.contract.runs import RunContract
from tests.store.contract.search import SearchContract
from tests.store.contract.sessions import SessionContract


class StoreContract(
    ExperimentContract,
    RunContract,
    MetricContract,
    SearchContract,
    ListContract,
    SessionContract,
    LoggedModelContract,
    RegistryContract,
    RecordContract,
    PurgeContract,
    ArtifactContract,
):
    """All of it."""
