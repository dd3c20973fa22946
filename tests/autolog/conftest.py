from __future__ import annotations

from collections.abc import Iterator

import pytest

import nbtrack
from nbtrack.store import Store


@pytest.fixture
def autolog(store: Store) -> Iterator[Store]:
    """Autolog is on, with a fresh store."""
    nbtrack.autolog()
    yield store
    nbtrack.autolog(disable=True)
