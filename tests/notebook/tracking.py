"""What cells in a kernel recorded, as another process reads it."""

from __future__ import annotations

import re

from nbtrack.entities import Run
from nbtrack.store import RunQuery, Store
from tests.notebook.kernel import Kernel, Outcome


def runs(store: Store) -> list[Run]:
    return list(reversed(store.runs.search(RunQuery()).runs))


def tracked(kernel: Kernel, store: Store, code: str, **options) -> tuple[Outcome, Run]:
    """Run a cell and return what was shown, and its run."""
    outcome = kernel.run(code, **options)
    found = runs(store)
    assert found, outcome
    return outcome, found[-1]


def artifact(store: Store, run: Run, path: str) -> bytes:
    return store.artifacts.local_path(run.info.run_id, path).read_bytes()


def strip_colours(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)
