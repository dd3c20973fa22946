"""Files through the proxy: as MLflow's client sends them, and as somebody does who means harm."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

import httpx
import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from tests.rest.running import API, RestServer, running
from tests.rest.test_bad_input import check_refused

PROXY = "/api/2.0/mlflow-artifacts/artifacts"
CONTENT = os.urandom(3_000_000)


@pytest.fixture
def run_id(client: MlflowClient) -> str:
    return client.create_run("0").info.run_id


def test_files_and_folders_go_up_and_come_down(client: MlflowClient, run_id: str, tmp_path: Path) -> None:
    (tmp_path / "up" / "deep").mkdir(parents=True)
    (tmp_path / "up" / "a b ü.bin").write_bytes(CONTENT)
    (tmp_path / "up" / "deep" / "empty.txt").write_bytes(b"")
    client.log_artifacts(run_id, str(tmp_path / "up"))
    client.log_artifact(run_id, str(tmp_path / "up" / "deep" / "empty.txt"), "100%")
    client.log_text(run_id, "hello", "notes/a.txt")
    listed = {(item.path, item.is_dir, item.file_size) for item in client.list_artifacts(run_id)}
    assert listed == {
        ("a b ü.bin", False, 3_000_000),
        ("deep", True, None),
        ("100%", True, None),
        ("notes", True, None),
    }
    assert [(item.path, item.file_size) for item in client.list_artifacts(run_id, "deep")] == [("deep/empty.txt", 0)]
    down = Path(client.download_artifacts(run_id, "", str(tmp_path)))
    assert (down / "a b ü.bin").read_bytes() == CONTENT
    assert (down / "deep" / "empty.txt").read_bytes() == b""
    assert mlflow.artifacts.load_text(f"runs:/{run_id}/notes/a.txt") == "hello"


def test_what_clients_uploaded_lies_where_the_store_keeps_it(
    server: RestServer, client: MlflowClient, run_id: str
) -> None:
    client.log_text(run_id, "hello", "notes/a.txt")
    assert (server.folder / "store" / "artifacts" / run_id / "notes" / "a.txt").read_text() == "hello"
    assert server.store.artifacts.local_path(run_id, "notes/a.txt").read_text() == "hello"
    assert client.get_run(run_id).info.artifact_uri == f"mlflow-artifacts:/0/{run_id}/artifacts"


def test_artifacts_are_deleted(server: RestServer, run_id: str) -> None:
    for name in ("a.txt", "b/c.txt", "b/d.txt"):
        assert server.http.put(f"{PROXY}/0/{run_id}/artifacts/{name}", content=b"x").status_code == 200
    for name in ("b", "a.txt", "a.txt"):
        assert server.http.delete(f"{PROXY}/0/{run_id}/artifacts/{name}").json() == {}
    assert server.http.get(PROXY, params={"path": f"0/{run_id}/artifacts"}).json() == {}


@pytest.mark.parametrize(
    ("wanted", "status", "part"),
    [
        ("bytes=0-0", 206, slice(0, 1)),
        ("bytes=100-199", 206, slice(100, 200)),
        ("bytes=2999999-", 206, slice(2_999_999, None)),
        ("bytes=-5", 206, slice(-5, None)),
        ("bytes=10-99999999", 206, slice(10, None)),
        ("bytes=3000000-", 416, slice(0, 0)),
        ("bytes=9-3", 416, slice(0, 0)),
        ("bytes=a-b", 200, slice(None)),
        ("bytes=0-1,5-6", 200, slice(None)),
        ("", 200, slice(None)),
    ],
)
def test_a_part_of_a_file_is_sent_on_request(
    server: RestServer, run_id: str, wanted: str, status: int, part: slice
) -> None:
    place = f"{PROXY}/0/{run_id}/artifacts/x.bin"
    server.http.put(place, content=CONTENT)
    answer = server.http.get(place, headers={"Range": wanted})
    assert (answer.status_code, answer.content) == (status, CONTENT[part])


def test_files_are_sent_so_that_no_browser_runs_them(server: RestServer, run_id: str) -> None:
    server.http.put(f"{PROXY}/0/{run_id}/artifacts/x.html", content=b"<script>alert(1)</script>")
    for answer in (
        server.http.get(f"{PROXY}/0/{run_id}/artifacts/x.html"),
        server.http.get("/get-artifact", params={"run_uuid": run_id, "path": "x.html"}),
    ):
        assert answer.content == b"<script>alert(1)</script>"
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["content-disposition"].startswith("attachment")
        assert answer.headers["x-content-type-options"] == "nosniff"


TRAVERSALS = [
    "../x",
    "a/../../x",
    "..",
    "%2e%2e/x",
    "%2e%2e%2fx",
    "%252e%252e%252fx",
    "%25252e%25252e/x",
    "..%5cx",
    "..\\x",
    "a\\..\\..\\x",
    "/etc/passwd",
    "%2fetc/passwd",
    "//etc/passwd",
    "a/%00",
    "a\0b",
    "C:/x",
    "C:%5cx",
    "file:///etc/passwd",
    "\uff0e\uff0e/x",
    ". ./x",
    ".../x",
]


@pytest.mark.parametrize("path", TRAVERSALS)
def test_no_spelling_of_a_path_leaves_the_runs_folder(server: RestServer, run_id: str, path: str) -> None:
    root = server.folder
    before = {file for file in root.rglob("*") if "store/nbtrack.db" not in str(file)}
    http, base = server.http, f"{PROXY}/0/{run_id}/artifacts"
    asked = [
        lambda: http.get(f"{API}/artifacts/list", params={"run_id": run_id, "path": path}),
        lambda: http.get("/get-artifact", params={"run_id": run_id, "path": path}),
        lambda: http.get(PROXY, params={"path": f"0/{run_id}/artifacts/{path}"}),
        lambda: http.post(
            "/ajax-api/2.0/mlflow/upload-artifact", params={"run_id": run_id, "path": path}, content=b"x"
        ),
        *(lambda method=method: raw(server, method, f"{base}/{path}") for method in ("GET", "PUT", "DELETE")),
        *(lambda method=method: raw(server, method, f"{PROXY}/{path}") for method in ("GET", "PUT", "DELETE")),
    ]
    for number, ask in enumerate(asked):
        answer = ask()
        assert 400 <= answer.status_code < 500 or "files" not in answer.json(), (
            f"{number}: {answer.status_code} {answer.text}"
        )
    after = {file for file in root.rglob("*") if "store/nbtrack.db" not in str(file)}
    assert {file for file in after - before if file.is_file()} == set()


def test_a_path_that_is_no_text_is_refused(server: RestServer, run_id: str) -> None:
    for method in ("GET", "PUT", "DELETE"):
        check_refused(raw(server, method, f"{PROXY}/0/{run_id}/artifacts/..%c0%afx"), method)


def raw(server: RestServer, method: str, path: str) -> httpx.Response:
    """Send a path as it is: httpx would tidy it up."""
    request = server.http.build_request(method, "/", content=b"x" if method == "PUT" else None)
    encoded = "".join(character if 32 < ord(character) < 127 else quote_utf8(character) for character in path)
    request.url = request.url.copy_with(raw_path=encoded.encode())
    return server.http.send(request)


def quote_utf8(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode())


def test_links_in_a_run_are_not_followed(server: RestServer, run_id: str) -> None:
    folder = server.folder / "store" / "artifacts" / run_id
    server.http.put(f"{PROXY}/0/{run_id}/artifacts/a.txt", content=b"x")
    (folder / "link").symlink_to("/etc")
    (folder / "file").symlink_to("/etc/passwd")
    for path in ("link/passwd", "file"):
        check_refused(server.http.get(f"{PROXY}/0/{run_id}/artifacts/{path}"), path)
        check_refused(server.http.put(f"{PROXY}/0/{run_id}/artifacts/{path}", content=b"x"), path)
    (folder / "link").unlink()
    (folder / "file").unlink()


def test_a_name_that_is_no_text_is_not_listed(server: RestServer, run_id: str) -> None:
    server.http.put(f"{PROXY}/0/{run_id}/artifacts/a.txt", content=b"x")
    folder = server.folder / "store" / "artifacts" / run_id
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff.txt")).write_text("x")
    listed = server.get("/artifacts/list", run_id=run_id).json()["files"]
    assert [file["path"] for file in listed] == ["a.txt"]


def test_only_runs_and_models_that_are_there_take_files(server: RestServer, run_id: str) -> None:
    for path in ("x.txt", "0/x.txt", f"0/{uuid.uuid4().hex}/artifacts/x.txt", "0/models/m-none/artifacts/x.txt"):
        check_refused(server.http.put(f"{PROXY}/{path}", content=b"x" * 2_000_000), path)
    server.post("/runs/delete", run_id=run_id)
    check_refused(server.http.put(f"{PROXY}/0/{run_id}/artifacts/x.txt", content=b"x"), "deleted run")


def test_an_upload_that_breaks_off_leaves_nothing(server: RestServer, run_id: str) -> None:
    def broken():
        yield b"x" * 2_000_000
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        server.http.put(f"{PROXY}/0/{run_id}/artifacts/half.bin", content=broken())
    assert server.http.get(PROXY, params={"path": f"0/{run_id}/artifacts"}).json() == {}


def test_a_damaged_file_is_not_handed_out(server: RestServer, run_id: str) -> None:
    place = f"{PROXY}/0/{run_id}/artifacts/x.bin"
    server.http.put(place, content=b"as it was")
    (server.folder / "store" / "artifacts" / run_id / "x.bin").write_bytes(b"as it wax")
    answer = server.http.get(place)
    assert answer.json()["error_code"] == "DATA_LOSS"


def test_a_missing_artifact_is_told(client: MlflowClient, run_id: str, tmp_path: Path) -> None:
    with pytest.raises((MlflowException, OSError)):
        client.download_artifacts(run_id, "nothing.txt", str(tmp_path))


def test_artifacts_lie_at_the_destination_and_the_store_knows_where(tmp_path: Path) -> None:
    with running(tmp_path, "--artifacts-destination", str(tmp_path / "elsewhere")) as server:
        run_id = server.new_run()
        assert server.http.put(f"{PROXY}/0/{run_id}/artifacts/a.txt", content=b"x").status_code == 200
        assert (tmp_path / "elsewhere" / run_id / "artifacts" / "a.txt").read_bytes() == b"x"
        assert server.store.artifacts.local_path(run_id, "a.txt").read_bytes() == b"x"
        info = server.get("/runs/get", run_id=run_id).json()["run"]["info"]
        assert info["artifact_uri"] == f"mlflow-artifacts:/0/{run_id}/artifacts"


def test_an_artifact_root_is_told_to_clients(tmp_path: Path) -> None:
    with running(tmp_path, "--artifact-root", str(tmp_path / "shared")) as server:
        experiment_id = server.new_experiment("shared")
        location = server.get("/experiments/get", experiment_id=experiment_id).json()["experiment"]["artifact_location"]
        assert location == f"mlflow-artifacts:/{experiment_id}"
        run_id = server.new_run(experiment_id)
        assert server.store.artifacts.uri(run_id) == str(tmp_path / "shared" / experiment_id / run_id / "artifacts")
