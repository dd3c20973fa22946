from __future__ import annotations

import functools
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nbtrack.store import Store, open_store
from tests.environments import without_trackers

SCRIPT = Path(__file__).parent / "with_mlflow.py"


@pytest.fixture(scope="session")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Make, once of a kind ("files", "database"), a folder that the real MLflow filled."""

    @functools.cache
    def make(kind: str) -> Path:
        folder = tmp_path_factory.mktemp(kind)
        command = [sys.executable, "-W", "ignore", str(SCRIPT), kind, str(folder)]
        finished = subprocess.run(command, capture_output=True, text=True, timeout=150, env=without_trackers())
        assert finished.returncode == 0, finished.stderr
        return folder

    return make


@pytest.fixture
def by_mlflow(originals: Callable[[str], Path], tmp_path: Path) -> Callable[[str], Path]:
    """Give a copy of such a folder, moved to where MLflow never saw it."""

    def copy(kind: str) -> Path:
        return shutil.copytree(originals(kind), tmp_path / f"moved-{kind}")

    return copy


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Store]:
    """Give an empty store."""
    store = open_store(str(tmp_path / "here"))
    yield store
    store.close()
