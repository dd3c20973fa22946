from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nbtrack.errors import InvalidInput, StoreUnavailable
from nbtrack.store import RunQuery, Store, open_store
from nbtrack.transfer import Choice, import_into, merge_into
from tests.store.tracking_servers import MlflowProcess, ServerProcess, needs_mlflow
from tests.transfer.contents import fill


@contextlib.contextmanager
def started(server: ServerProcess) -> Iterator[str]:
    server.start()
    try:
        yield server.url
    finally:
        server.kill()


def test_what_an_own_server_serves_comes_with_ids_times_and_histories(here: Store, tmp_path: Path) -> None:
    there = open_store(str(tmp_path / "served"))
    first, *_ = fill(there)
    original = there.runs.get(first)
    points = there.metrics.history(first, "loss").points
    there.close()
    with started(ServerProcess(tmp_path)) as url:
        report = import_into(here, url)
        again = import_into(here, url)
        with pytest.raises(InvalidInput, match="is a server"):
            merge_into(open_store(url), str(tmp_path / "here"))
    assert report.left_out == []
    assert (report.came["run"], report.came["point"], report.came["model version"]) == (4, 10, 2)
    assert sum(again.came.values()) == 0
    (apart,) = [model for model in here.models.of_run(first) if not model.path]
    assert here.artifacts.local_path(apart.model_id, "MLmodel").read_bytes() == b"flavors: {}"
    run = here.runs.get(first)
    assert (run.info.run_name, run.info.start_time, run.info.end_time) == ("first", 10, 30)
    assert (run.data.params, run.inputs) == (original.data.params, original.inputs)
    assert repr(here.metrics.history(first, "loss").points) == repr(points)
    assert here.artifacts.local_path(first, "a/b.txt").read_bytes() == b"hello"
    assert here.registry.get("tree").aliases == {"champion": "1"}


@needs_mlflow
def test_what_mlflows_server_serves_comes_as_from_its_database(
    by_mlflow: Callable[[str], Path], here: Store, tmp_path: Path
) -> None:
    folder = by_mlflow("database")
    direct = open_store(str(tmp_path / "direct"))
    from_database = import_into(direct, str(folder / "mlflow.db"), choice=Choice(), with_artifacts=False)
    shutil.copy(folder / "mlflow.db", tmp_path / "mlflow.db")
    with started(MlflowProcess(tmp_path)) as url:
        served = import_into(here, url, with_artifacts=False)
    for kind in ("run", "point", "param", "tag", "model", "model version"):
        assert served.came[kind] == from_database.came[kind]
    query = RunQuery(lifecycle=None)
    assert {run.info.run_id for run in here.runs.search(query).runs} == {
        run.info.run_id for run in direct.runs.search(query).runs
    }
    direct.close()


def test_a_server_that_is_away_is_named(here: Store) -> None:
    with pytest.raises(StoreUnavailable, match=r"127\.0\.0\.1:9"):
        import_into(here, "http://127.0.0.1:9")
