"""Files that are logged while their place is away wait on this machine, and arrive once, in order, whole."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

import nbtrack
from nbtrack.notebook.magics import files_text
from nbtrack.outbox import Spool, UploadStatus, spool, uploads
from nbtrack.store import Store, open_store
from nbtrack.store.patience import Patience
from nbtrack.tracking import artifact_path, outboxes
from nbtrack.tracking.doctor import examine, repair
from tests.environments import without_trackers
from tests.s3 import find_s3, s3_variables
from tests.store.tracking_servers import MlflowProcess, ServerProcess, needs_mlflow


@pytest.fixture(params=[ServerProcess, pytest.param(MlflowProcess, marks=needs_mlflow)])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ServerProcess]:
    made = request.param(tmp_path)
    yield made
    made.kill()


@pytest.fixture
def fast_server(tmp_path: Path) -> Iterator[ServerProcess]:
    made = ServerProcess(tmp_path)
    yield made
    made.kill()


def command_of(script: str, server: ServerProcess, *arguments: str) -> dict[str, object]:
    variables = {"NBTRACK_TRACKING_URI": server.url, "XDG_DATA_HOME": str(server.folder / "data")}
    return {
        "args": [sys.executable, "-c", textwrap.dedent(script), *arguments],
        "env": without_trackers() | variables,
        "cwd": server.folder,
        "text": True,
    }


def run(script: str, server: ServerProcess, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(capture_output=True, timeout=90, check=False, **command_of(script, server, *arguments))


def spool_of(server: ServerProcess) -> Spool:
    (outbox,) = (server.folder / "data" / "nbtrack" / "outbox").iterdir()
    return Spool(outbox)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def told(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("nbtrack: ")]


LOGGING = """
    import os, signal, sys
    import nbtrack, pathlib
    import pandas as pd
    from sklearn.tree import DecisionTreeClassifier

    folder = pathlib.Path("report"); (folder / "deep").mkdir(parents=True)
    (folder / "a.txt").write_text("in a folder"); (folder / "deep" / "b.txt").write_text("deeper")
    with nbtrack.start_run() as run:
        print(run.info.run_id, flush=True)
        nbtrack.log_metric("m", 1)
        for content in ("first", "second", "last"):
            nbtrack.log_text(content, "notes/a.txt")
        nbtrack.log_dict({"a": 1}, "a.json")
        for row in (1, 2, 3):
            nbtrack.log_table({"a": [row]}, "table.json")
        nbtrack.log_artifact(folder / "a.txt")
        nbtrack.log_artifacts(folder, "copied")
        nbtrack.sklearn.log_model(DecisionTreeClassifier().fit([[0], [1]], [0, 1]), "model")
        nbtrack.log_metric("m", 2, step=1)
    os.kill(os.getpid(), signal.SIGKILL)
"""
READING = """
    import sys
    import nbtrack
    from nbtrack.tracking import artifact_path

    run_id = sys.argv[1]
    for path in ("notes/a.txt", "a.txt", "copied/a.txt", "copied/deep/b.txt", "table.json"):
        print(artifact_path(run_id, path).read_text())
    print(nbtrack.sklearn.load_model(f"runs:/{run_id}/model").predict([[1]]), nbtrack.get_run(run_id).data.metrics)
"""


@pytest.mark.timeout(300)
def test_whatever_is_logged_without_a_server_arrives_though_its_process_is_killed(server: ServerProcess) -> None:
    killed = run(LOGGING, server)
    run_id = killed.stdout.strip()
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert len(told(killed.stderr)) == 2, killed.stderr  # of records, and of files
    waiting = spool_of(server).size()
    assert (waiting.files, waiting.size_bytes > 1000) == (3 + 1 + 3 + 1 + 2 + 6, True)
    places = [spool_of(server).folder, *spool_of(server).folder.rglob("*")]
    assert {place.stat().st_mode & 0o777 for place in places if place.is_dir()} == {0o700}
    assert {place.stat().st_mode & 0o777 for place in places if place.is_file()} == {0o600}
    server.start()
    found = run(READING, server, run_id)
    assert found.stdout.splitlines() == [
        "last",
        "in a folder",
        "in a folder",
        "deeper",
        '{"columns":["a"],"data":[[1],[2],[3]]}',
        "[1] {'m': 2.0}",
    ], found.stderr
    assert spool_of(server).size().files == 0


COUNTING = """
    import nbtrack
    with nbtrack.start_run() as run:
        print(run.info.run_id, flush=True)
        for number in range(1000):
            nbtrack.log_text(f"{number}" * 1000, f"{number}.txt")
            print(number, flush=True)
"""


@pytest.mark.timeout(300)
def test_no_file_that_was_acknowledged_is_lost_to_kills_of_who_logs_and_of_who_brings_it(
    fast_server: ServerProcess,
) -> None:
    server, acknowledged = fast_server, {}
    for _ in range(3):
        logging = subprocess.Popen(stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **command_of(COUNTING, server))
        with logging:
            run_id = logging.stdout.readline().strip()
            for _ in range(10 + int(run_id, 16) % 50):
                logging.stdout.readline()
            logging.kill()
            acknowledged[run_id] = 10 + len(logging.stdout.readlines())
    server.start()
    waiting = spool_of(server)
    for _ in range(3):
        before = waiting.size().files
        bringing = subprocess.Popen(
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            **command_of("import nbtrack; nbtrack.search_runs(); input()", server),
        )
        with bringing:
            until(lambda before=before: waiting.size().files < before)
            bringing.kill()
    assert run("import nbtrack; nbtrack.search_runs(); nbtrack.flush()", server).returncode == 0
    assert waiting.size().files == 0
    with closing(open_store(str(server.folder / "served"))) as store:
        for run_id, count in acknowledged.items():
            assert store.runs.get(run_id)
            for number in range(count):
                assert store.artifacts.local_path(run_id, f"{number}.txt").read_text() == f"{number}" * 1000


SILENT = """
    import os, signal, sys, threading
    import nbtrack

    nbtrack.set_tracking_uri("store")
    experiment_id = nbtrack.create_experiment("on s3", artifact_location="s3://bucket/folder")
    with nbtrack.start_run(experiment_id=experiment_id) as run:
        for number in range(5):
            nbtrack.log_text("x", f"{number}.txt")
        print([thread.name for thread in threading.enumerate()].count("nbtrack-asking"))
        print(nbtrack.tracking.outboxes.upload_status().waiting.files, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_place_that_accepts_and_says_nothing_is_waited_for_once(fast_server: ServerProcess, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=100) as listener:
        options = command_of(SILENT, fast_server)
        options["env"] |= s3_variables(f"http://127.0.0.1:{listener.getsockname()[1]}", tmp_path)
        done = subprocess.run(capture_output=True, timeout=90, check=False, **options)
    assert done.stdout.split() == ["1", "5"], done.stderr
    assert [("does not answer in time" in line) for line in told(done.stderr)] == [True]


class S3Process:
    """A server of S3 that can be stopped and started again at its place; what is in it stays."""

    def __init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port = listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        from moto.server import ThreadedMotoServer

        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=self.port, verbose=False)
        self._server.start()

    def stop(self) -> None:
        self._server.stop()


@pytest.fixture
def s3(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Process]:
    made = S3Process()
    find_s3(made.url, tmp_path, monkeypatch)
    yield made
    made.stop()


def test_files_wait_for_s3_and_records_do_not(store: Store, s3: S3Process, capsys) -> None:
    import boto3

    bucket = f"nbtrack-{uuid.uuid4().hex}"
    with closing(boto3.client("s3", endpoint_url=s3.url)) as client:
        client.create_bucket(Bucket=bucket)
    there = nbtrack.create_experiment("on s3", artifact_location=f"s3://{bucket}/x")
    with nbtrack.start_run(experiment_id=there) as run:
        run_id = run.info.run_id
        nbtrack.log_text("before", "a.txt")
        until(lambda: not outboxes.upload_status().waiting.files)  # on a busy machine it may not answer in time
        capsys.readouterr()
        s3.stop()
        nbtrack.log_text("without", "a.txt")
        nbtrack.log_text("without", "b.txt")
        nbtrack.log_metric("m", 1)
    until(lambda: store.runs.get(run_id).data.metrics == {"m": 1})
    status = outboxes.upload_status()
    assert status is not None and status.waiting == spool.Waiting(2, 14)
    assert len(told(capsys.readouterr().err)) == 1
    s3.start()
    with nbtrack.start_run(run_id=run_id):
        nbtrack.log_text("behind those that wait", "a.txt")
    until(lambda: nbtrack.flush() or not outboxes.upload_status().waiting.files)
    assert artifact_path(run_id, "a.txt").read_text() == "behind those that wait"
    assert artifact_path(run_id, "b.txt").read_text() == "without"


def keep_waiting(store: Store, run_id: str, path: str, content: bytes) -> Spool:
    waiting = Spool(store.outbox)
    waiting.put_bytes(run_id, path, content)
    return waiting


@pytest.fixture
def run_id(store: Store) -> str:
    with nbtrack.start_run() as run:
        nbtrack.log_metric("m", 1)
    nbtrack.flush()
    return run.info.run_id


def test_a_store_in_a_folder_writes_each_file_once(store: Store, run_id: str) -> None:
    nbtrack.log_text("x", "a.txt", run_id=run_id)
    assert not (store.outbox / "files").exists()


def test_what_is_damaged_on_its_way_is_noticed_when_it_is_read(store: Store, run_id: str) -> None:
    waiting = keep_waiting(store, run_id, "a.txt", b"logged")
    (file,) = waiting.folder.glob("*/content/a.txt")
    file.write_bytes(b"logjam")
    uploads.upload_waiting(store, waiting, lambda *_: None, Patience())
    with closing(open_store(store.uri)) as reader, pytest.raises(nbtrack.errors.ArtifactChanged):
        reader.artifacts.local_path(run_id, "a.txt")


def test_files_of_a_deleted_run_are_put_aside_and_brought_when_it_is_restored(
    store: Store, store_folder: Path, run_id: str
) -> None:
    nbtrack.delete_run(run_id)
    losses: list[str] = []
    waiting = keep_waiting(store, run_id, "a.txt", b"x")
    keep_waiting(store, uuid.uuid4().hex, "a.txt", b"of a run that never was")
    uploads.upload_waiting(store, waiting, lambda message, _: losses.append(message), Patience())
    assert len(losses) == 2 and all(str(waiting.aside) in loss for loss in losses)
    assert [finding.kind for finding in examine(str(store_folder)).findings] == ["files-refused"]
    nbtrack.Client().restore_run(run_id)
    repair(str(store_folder))
    assert artifact_path(run_id, "a.txt").read_bytes() == b"x"
    assert waiting.size_aside().files == 1


def test_what_waits_is_shown_though_the_server_is_away(fast_server: ServerProcess, user_data: Path) -> None:
    store = open_store(fast_server.url)
    keep_waiting(store, uuid.uuid4().hex, "a.txt", b"12345")
    found = examine(fast_server.url)
    assert [finding.kind for finding in found.findings] == ["store-unusable", "files-waiting"]
    assert found.files == spool.Waiting(1, 5)
    store.close()


def test_more_than_a_limit_is_not_kept_and_that_is_told_once(
    store: Store, run_id: str, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    monkeypatch.setattr(spool, "MAX_WAITING_BYTES", 100)
    keep_waiting(store, run_id, "a.txt", b"x" * 60)
    with Spool(store.outbox).locked():  # as if another process brought them, and took its time
        for number in range(3):
            nbtrack.log_text("y" * 60, f"{number}.txt", run_id=run_id)
        nbtrack.log_text("z" * 30, "small.txt", run_id=run_id)
    lines = told(capsys.readouterr().err)
    assert len([line for line in lines if "at most 100 are" in line]) == 1, lines
    nbtrack.flush()
    assert [entry.path for entry in nbtrack.list_artifacts(run_id)] == ["a.txt", "small.txt"]


def test_a_mistake_is_told_at_once_though_the_place_is_away(store: Store, run_id: str) -> None:
    waiting = keep_waiting(store, run_id, "a.txt", b"x")
    with waiting.locked():
        for path in ("../a.txt", "/etc/passwd", ""):
            with pytest.raises(nbtrack.errors.InvalidPath):
                nbtrack.log_text("x", path, run_id=run_id)
        with pytest.raises(nbtrack.errors.InvalidPath):
            nbtrack.log_artifact("no such file", run_id=run_id)
    assert waiting.size().files == 1


def test_a_link_that_somebody_put_among_what_waits_is_not_followed(store: Store, run_id: str, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("of the user")
    losses: list[str] = []
    waiting = keep_waiting(store, run_id, "a.txt", b"x")
    (file,) = waiting.folder.glob("*/content/a.txt")
    file.unlink()
    file.symlink_to(tmp_path / "secret")
    uploads.upload_waiting(store, waiting, lambda message, _: losses.append(message), Patience())
    assert len(losses) == 1 and list(store.artifacts.walk(run_id)) == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_a_forked_child_keeps_nobody_from_bringing_files(store: Store, run_id: str) -> None:
    brings = outboxes.uploads_of(store)
    keep_waiting(store, run_id, "a.txt", b"x")
    with brings.spool.locked():
        child = os.fork()
        if child == 0:
            signal.pause()
    try:
        until(lambda: brings.flush(10))
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    assert artifact_path(run_id, "a.txt").read_bytes() == b"x"


def test_the_status_says_what_waits_and_why(store: Store, run_id: str) -> None:
    assert files_text(outboxes.upload_status()) == "all are in their place"
    waiting = keep_waiting(store, run_id, "a.txt", b"12345")
    assert files_text(outboxes.upload_status()) == "1 (5 bytes) wait on this machine"
    assert files_text(UploadStatus(waiting.size(), "It is away.")) == "1 (5 bytes) wait on this machine; It is away."
