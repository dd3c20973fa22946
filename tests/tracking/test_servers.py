"""The fluent API on a tracking server."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nbtrack.store import RunQuery
from nbtrack.store.http import HttpStore
from tests.store.tracking_servers import ServerProcess

SCRIPT = """
import nbtrack
with nbtrack.start_run(run_name="parent") as parent:
    nbtrack.log_params({"depth": 3})
    for step in range(50):
        nbtrack.log_metric("loss", 1 / (step + 1), step=step)
    with nbtrack.start_run(run_name="child", nested=True):
        nbtrack.set_tag("stage", "dev")
print(parent.info.run_id)
"""
READING = """
import nbtrack
try:
    nbtrack.search_runs()
except nbtrack.errors.StoreUnavailable as error:
    print(error)
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    made = ServerProcess(tmp_path)
    yield made
    made.kill()


def run(script: str, server: ServerProcess) -> subprocess.CompletedProcess[str]:
    variables = {"NBTRACK_TRACKING_URI": server.url, "XDG_DATA_HOME": str(server.folder / "data")}
    return subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | variables,
        cwd=server.folder,
        capture_output=True,
        text=True,
        timeout=90,
        check=True,
    )


@pytest.mark.timeout(300)
def test_a_script_ends_well_without_its_server_and_what_it_logged_arrives_with_the_next(server: ServerProcess) -> None:
    ended = run(SCRIPT, server)
    parent_id = ended.stdout.strip()
    assert "your code goes on, and it is kept until it can" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "can't be reached" in run(READING, server).stdout
    server.start()
    run("import nbtrack\nprint(nbtrack.search_runs())", server)
    store = HttpStore(server.url, outbox=server.folder / "outbox")
    found = {each.info.run_name: each for each in store.runs.search(RunQuery()).runs}
    assert found.keys() == {"parent", "child"}
    assert found["parent"].info.run_id == parent_id
    assert found["parent"].info.status == found["child"].info.status == "FINISHED"
    assert found["parent"].data.params == {"depth": "3"}
    assert len(store.metrics.history(parent_id, "loss").points) == 50
    assert [child.name for child in store.runs.children(parent_id)] == ["child"]
    store.close()
