from __future__ import annotations

import pytest

from nbtrack.store import open_store
from tests.store.contract import StoreContract


@pytest.fixture
def store(postgresql_uri: str):
    opened = open_store(postgresql_uri)
    yield opened
    opened.close()


class TestPostgresqlStore(StoreContract):
    """PostgreSQL keeps the contract."""
