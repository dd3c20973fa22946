from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from nbtrack.cli import main
from nbtrack.errors import InvalidInput, StoreUnavailable
from nbtrack.store import RunQuery, Store, open_store
from nbtrack.store.http import connection
from nbtrack.transfer import Choice, import_into, merge_into
from tests.store.tracking_servers import MlflowProcess, ServerProcess, needs_mlflow, serving
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


def endless() -> Iterator[bytes]:
    while True:
        yield b"[" * 65536


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda: HTMLResponse("<form>log in</form>"), "a web page"),
        (lambda: Response(b"\xff\xfe", media_type="application/json"), "not as a tracking server"),
        (lambda: Response(b"[" * 100_000, media_type="application/json"), "not as a tracking server"),
        (lambda: RedirectResponse("file:///etc/passwd"), "redirects to 'file:///etc/passwd', which is not followed"),
        (lambda: RedirectResponse("http://localhost:1/"), "redirects to 'http://localhost:1/', which is not followed"),
        (lambda: Response(status_code=401), "refuses access"),
        (lambda: StreamingResponse(endless(), media_type="application/json"), "more than 1,000,000 bytes"),
    ],
)
def test_what_is_no_tracking_server_is_one_message_and_makes_no_store(
    answer: Callable[[], Response], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "MAX_ANSWER_BYTES", 1_000_000)

    async def respond(_request: Request) -> Response:
        return answer()

    with serving(Starlette(routes=[Route("/{path:path}", respond, methods=["GET", "POST"])])) as port:
        called = CliRunner().invoke(main, ["--store", str(tmp_path / "new"), "import", f"http://127.0.0.1:{port}"])
    assert called.exit_code == 1
    assert called.output.startswith("Error: ")
    assert message in called.output
    assert not (tmp_path / "new").exists()


def test_a_server_that_names_files_outside_writes_none(here: Store, tmp_path: Path) -> None:
    run_id, names = "a" * 32, ["../../evil", "/etc/evil", "a/../../evil", "..%2fevil", "evil\\..\\evil"]
    run = {
        "info": {
            "run_id": run_id,
            "experiment_id": "1",
            "status": "FINISHED",
            "start_time": 1,
            "end_time": 2,
            "artifact_uri": "mlflow-artifacts:/1/a/artifacts",
            "lifecycle_stage": "active",
        },
        "data": {},
    }
    answers = {
        "experiments/search": {"experiments": [{"experiment_id": "1", "name": "../evil", "lifecycle_stage": "active"}]},
        "runs/search": {"runs": [run]},
        "runs/get": {"run": run},
        "/mlflow-artifacts/artifacts": {"files": [{"path": name, "is_dir": False, "file_size": 4} for name in names]},
    }

    async def respond(request: Request) -> Response:
        known = next((each for part, each in answers.items() if request.url.path.endswith(part)), None)
        if known is None and "/mlflow-artifacts/" not in request.url.path:
            return JSONResponse({}, status_code=200 if request.url.path.startswith("/api") else 404)
        return JSONResponse(known) if known else Response(b"evil")

    with serving(Starlette(routes=[Route("/{path:path}", respond, methods=["GET", "POST"])])) as port:
        report = import_into(here, f"http://127.0.0.1:{port}")
    assert report.came["run"] == 1, report
    # Of what a server lists, the last name counts: that of a file in the folder that was asked for.
    assert [entry.path for entry in here.artifacts.walk(run_id)] == ["evil"]
    assert list(tmp_path.rglob("*evil*")) == [tmp_path / "here" / "artifacts" / run_id / "evil"]
