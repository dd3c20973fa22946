from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from nbtrack.store import Store, open_store
from tests.notebook.kernel import Kernel


def environment(folder: Path) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("NBTRACK_", "JPY_"))}
    return kept | {"IPYTHONDIR": str(folder / "ipython"), "MPLBACKEND": "module://matplotlib_inline.backend_inline"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A work tree with one commit."""
    place = tmp_path_factory.mktemp("work")
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org"]
    for arguments in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "first"]):
        subprocess.run([*git, *arguments], cwd=place, check=True)
    return place


@pytest.fixture(scope="module")
def shared_kernel(folder: Path) -> Iterator[Kernel]:
    kernel = Kernel(folder, environment(folder))
    assert kernel.run("%load_ext nbtrack\nimport nbtrack").status == "ok"
    yield kernel
    kernel.stop()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(str(tmp_path / ".nbtrack"))
    yield opened
    opened.close()


@pytest.fixture
def kernel(shared_kernel: Kernel, store: Store) -> Kernel:
    """The module's kernel, with the test's store open and autolog off."""
    outcome = shared_kernel.run(f"%autolog off\n%nbtrack store {store.uri}")
    assert outcome.status == "ok", outcome
    return shared_kernel


@pytest.fixture
def fresh_kernel(folder: Path, store: Store) -> Iterator[Kernel]:
    """A kernel of the test's own, that it may kill."""
    started = Kernel(folder, environment(folder))
    assert started.run(f"%load_ext nbtrack\n%nbtrack store {store.uri}\nimport nbtrack").status == "ok"
    yield started
    started.stop()
