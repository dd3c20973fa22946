"""An import that is killed in the middle is finished by the next one, from every kind of source."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nbtrack.store import RunQuery, Store, open_store
from nbtrack.transfer import Choice, Report, export_from, import_into, open_destination
from tests.store.tracking_servers import ServerProcess
from tests.transfer.mlflow_tables import write_database
from tests.transfer.mlruns import write_runs

RUNS, POINTS = 60, 2_000
IMPORT = """
import sys
from nbtrack.store import open_store
from nbtrack.transfer import import_into
import_into(open_store(sys.argv[1]), sys.argv[2])
"""


def files(tmp_path: Path) -> str:
    folders = write_runs(tmp_path / "mlruns", RUNS, "".join(f"{n} {n / 7} {n}\n" for n in range(POINTS)))
    for folder in folders:
        (folder / "artifacts" / "a.txt").write_text("hello")
    return str(tmp_path / "mlruns")


def database(tmp_path: Path) -> str:
    file = write_database(
        tmp_path / "mlflow.db",
        "DELETE FROM runs",
        "CREATE TABLE n (x INTEGER)",
        (
            "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < ?) INSERT INTO n SELECT x FROM c",
            (POINTS,),
        ),
        (
            "INSERT INTO runs SELECT printf('%032x', x), 'r', 'FINISHED', 1, 2, 'active', 1, "
            "printf('mlartifacts/1/%d/artifacts', x) FROM n WHERE x <= ?",
            (RUNS,),
        ),
        "INSERT INTO metrics SELECT 'loss', x / 7.0, x, x, 0, run_uuid FROM runs, n",
        "CREATE INDEX of_run ON metrics (run_uuid)",
    )
    for number in range(1, RUNS + 1):
        folder = tmp_path / "mlartifacts" / "1" / str(number) / "artifacts"
        folder.mkdir(parents=True)
        (folder / "a.txt").write_text("hello")
    return str(file)


def archive(tmp_path: Path) -> str:
    there = filled(tmp_path)
    report = Report(there.uri, "")
    target = open_destination(str(tmp_path / "all.zip"), None, report, with_artifacts=True)
    export_from(there, target, report, choice=Choice())
    there.close()
    return str(tmp_path / "all.zip")


def store(tmp_path: Path) -> str:
    there = filled(tmp_path)
    there.close()
    return there.uri


def filled(tmp_path: Path) -> Store:
    there = open_store(str(tmp_path / "served"))
    import_into(there, files(tmp_path))
    return there


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Callable[[Path], str]]:
    server = ServerProcess(tmp_path)

    def start(folder: Path) -> str:
        store(folder)
        server.start()
        return server.url

    yield start
    server.kill()


@pytest.mark.parametrize("kind", ["files", "database", "archive", "store", "server"])
def test_an_import_that_was_killed_is_finished_by_the_next(
    kind: str, served: Callable[[Path], str], tmp_path: Path
) -> None:
    made = {"files": files, "database": database, "archive": archive, "store": store, "server": served}[kind](tmp_path)
    process = subprocess.Popen([sys.executable, "-c", IMPORT, str(tmp_path / "here"), made])
    here = open_store(str(tmp_path / "here"))
    deadline = time.monotonic() + 60
    while not here.experiments.run_counts() and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    report = import_into(here, made)
    assert report.left_out == []
    runs = here.runs.search(RunQuery()).runs
    assert (len(runs), report.came["point"] < RUNS * POINTS) == (RUNS, True)
    assert {here.metrics.history(run.info.run_id, "loss").total for run in runs} == {POINTS}
    assert {here.artifacts.local_path(run.info.run_id, "a.txt").read_text() for run in runs} == {"hello"}
    again = import_into(here, made)
    assert (sum(again.came.values()), again.already_here["unchanged run"]) == (0, RUNS)
    here.close()
