"""Experiments that are named while the store is away: made when it is back, or those that others made meanwhile."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import nbtrack
from nbtrack.errors import InvalidName
from nbtrack.store import RunQuery, Store, open_store
from nbtrack.store.http import HttpStore
from nbtrack.tracking import assumed
from tests.environments import without_trackers
from tests.postgresql import PostgresqlServer
from tests.store.tracking_servers import MlflowProcess, ServerProcess, needs_mlflow

TWO_RUNS = """
    import os, signal
    import nbtrack

    experiment = nbtrack.set_experiment("wine")
    assert experiment.name == "wine"
    for name in ("first", "second"):
        with nbtrack.start_run(run_name=name):
            nbtrack.log_metric("m", 1)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(params=[ServerProcess, pytest.param(MlflowProcess, marks=needs_mlflow)])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ServerProcess]:
    made = request.param(tmp_path)
    yield made
    made.kill()


def run(script: str, server: ServerProcess, machine: str = "laptop") -> subprocess.CompletedProcess[str]:
    variables = {"NBTRACK_TRACKING_URI": server.url, "XDG_DATA_HOME": str(server.folder / machine)}
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        env=without_trackers() | variables,
        cwd=server.folder,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


def run_killed(server: ServerProcess, machine: str = "laptop") -> list[str]:
    done = run(TWO_RUNS, server, machine)
    assert done.returncode == -signal.SIGKILL, done.stderr
    return [line for line in done.stderr.splitlines() if line.startswith("nbtrack: ")]


def names_in(store: Store, experiment: str) -> list[str]:
    found = store.experiments.find(experiment)
    assert found is not None
    return sorted(each.info.run_name for each in store.runs.search(RunQuery((found.experiment_id,))).runs)


@pytest.mark.timeout(300)
def test_machines_that_name_an_experiment_without_their_server_share_it_once_it_is_back(server: ServerProcess) -> None:
    for machine in ("laptop", "workstation"):
        told = run_killed(server, machine)
        assert len([line for line in told if "'wine'" in line]) == 1, told
    server.start()
    with closing(HttpStore(server.url, outbox=server.folder / "other")) as store:
        for machine in ("laptop", "workstation", "laptop"):
            assert run("import nbtrack; nbtrack.search_runs()", server, machine).returncode == 0
        assert names_in(store, "wine") == ["first", "first", "second", "second"]
        assert [each.name for each in store.experiments.list()].count("wine") == 1


@pytest.mark.timeout(300)
def test_an_experiment_that_somebody_made_meanwhile_is_used(server: ServerProcess) -> None:
    run_killed(server)
    server.start()
    with closing(HttpStore(server.url, outbox=server.folder / "other")) as store:
        made = store.experiments.create("wine", tags={"by": "another"})
        found = run(
            "import nbtrack; nbtrack.search_runs(); print(nbtrack.set_experiment('wine').experiment_id)", server
        )
        assert found.stdout.split() == [made.experiment_id]
        assert names_in(store, "wine") == ["first", "second"]


@needs_mlflow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("is_seen", [False, True])
def test_runs_of_an_experiment_that_is_deleted_on_an_mlflow_server_are_kept_in_another(
    tmp_path: Path, is_seen: bool
) -> None:
    server = MlflowProcess(tmp_path)
    server.start()
    try:
        with closing(HttpStore(server.url, outbox=server.folder / "other")) as store:
            made = store.experiments.create("wine", tags={})
            if is_seen:
                run("import nbtrack; nbtrack.set_experiment('wine')", server)
            store.experiments.delete(made.experiment_id)
        server.kill()
        run_killed(server)
        server.start()
        done = run("import nbtrack; nbtrack.search_runs()", server)
        assert len([line for line in done.stderr.splitlines() if "is deleted on" in line]) == 1, done.stderr
        with closing(HttpStore(server.url, outbox=server.folder / "other")) as store:
            assert names_in(store, "Default") == ["first", "second"]
    finally:
        server.kill()


@pytest.mark.timeout(300)
def test_a_process_that_goes_on_finds_its_runs_once_the_database_is_back(
    postgresql: PostgresqlServer, postgresql_uri: str, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    monkeypatch.setattr(assumed, "ASK_AGAIN_S", 0.0)
    nbtrack.set_tracking_uri(postgresql_uri)
    nbtrack.search_runs()
    postgresql.stop()
    try:
        experiment = nbtrack.set_experiment("wine")
        with nbtrack.start_run(experiment_id=experiment.experiment_id, run_name="by id"):
            nbtrack.log_metric("m", 1)
        with nbtrack.start_run(run_name="by name"):
            nbtrack.log_metric("m", 1)
    finally:
        postgresql.start()
    with closing(open_store(postgresql_uri)) as other:
        made = other.experiments.create("wine", tags={})
    with nbtrack.start_run(run_name="after"):
        nbtrack.log_metric("m", 1)
    found = nbtrack.search_runs(output_format="list")
    assert {run.info.run_name for run in found} == {"by id", "by name", "after"}
    assert {run.info.experiment_id for run in found} == {made.experiment_id}
    assert len([line for line in capsys.readouterr().err.splitlines() if "'wine'" in line]) == 1
    nbtrack.set_tracking_uri(None)


def test_a_name_that_no_experiment_can_have_is_refused_without_a_store(tmp_path: Path, user_data: Path) -> None:
    nbtrack.set_tracking_uri("http://127.0.0.1:9")
    try:
        with pytest.raises(InvalidName):
            nbtrack.set_experiment("  ")
    finally:
        nbtrack.set_tracking_uri(None)
