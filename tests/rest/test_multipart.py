"""Files in parts: by MLflow's own client, and by somebody who means harm."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from mlflow import MlflowClient

from nbtrack.rest import parts
from tests.rest.running import RestServer, running
from tests.rest.test_bad_input import check_refused
from tests.rest.test_server import TOKEN

MPU = "/api/2.0/mlflow-artifacts/mpu"
CONTENT = os.urandom(7_000_001)
PART_BYTES = 1_000_000


@pytest.fixture
def run_id(server: RestServer) -> str:
    return server.new_run()


@pytest.fixture
def in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have MLflow's client upload in parts."""
    monkeypatch.setenv("MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD", "true")
    monkeypatch.setenv("MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE", str(PART_BYTES))
    monkeypatch.setenv("MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE", str(PART_BYTES))


def begin(server: RestServer, run_id: str, *, count: int = 2, path: str = "/home/me/x.bin") -> dict[str, Any]:
    answer = server.http.post(f"{MPU}/create/0/{run_id}/artifacts/deep", json={"path": path, "num_parts": count})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def send_parts(server: RestServer, begun: dict[str, Any], *contents: bytes) -> list[dict[str, Any]]:
    sent = []
    for credential, content in zip(begun["credentials"], contents, strict=True):
        answer = httpx.put(credential["url"], content=content, headers=credential.get("headers"), trust_env=False)
        assert answer.status_code == 200, answer.text
        sent.append({"part_number": credential["part_number"], "etag": answer.headers["etag"]})
    return sent


def complete(
    server: RestServer, run_id: str, upload_id: str, sent: list[dict[str, Any]], *, path: str = "/home/me/x.bin"
) -> httpx.Response:
    body = {"path": path, "upload_id": upload_id, "parts": sent}
    return server.http.post(f"{MPU}/complete/0/{run_id}/artifacts/deep", json=body)


def files_of(server: RestServer, run_id: str) -> list[str]:
    return [entry.path for entry in server.store.artifacts.walk(run_id)]


@pytest.mark.usefixtures("in_parts")
def test_mlflows_client_uploads_in_parts(
    server: RestServer, client: MlflowClient, run_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a b ü.bin").write_bytes(CONTENT)
    client.log_artifact(run_id, str(tmp_path / "a b ü.bin"), "deep/er")
    client.log_artifact(run_id, str(tmp_path / "a b ü.bin"))
    assert server.store.artifacts.local_path(run_id, "deep/er/a b ü.bin").read_bytes() == CONTENT
    assert server.store.artifacts.local_path(run_id, "a b ü.bin").read_bytes() == CONTENT
    monkeypatch.setenv("MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD", "true")
    assert Path(client.download_artifacts(run_id, "a b ü.bin", str(tmp_path / "."))).read_bytes() == CONTENT


@pytest.mark.usefixtures("in_parts")
def test_parts_reach_a_server_with_a_token_and_several_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", TOKEN)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    (tmp_path / "x.bin").write_bytes(CONTENT)
    with running(tmp_path, "--workers", "3", NBTRACK_SERVER_TOKEN=TOKEN) as server:
        client = MlflowClient(server.url)
        run_id = client.create_run("0").info.run_id
        client.log_artifact(run_id, str(tmp_path / "x.bin"))
        assert server.store.artifacts.local_path(run_id, "x.bin").read_bytes() == CONTENT
        assert [list(folder.iterdir()) for folder in tmp_path.glob("nbtrack-parts-*")] == [[]]
    assert list(tmp_path.glob("nbtrack-parts-*")) == []


@pytest.mark.usefixtures("in_parts")
def test_a_file_of_more_parts_than_are_kept_goes_in_one_piece(
    client: MlflowClient, run_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE", "1000")
    (tmp_path / "x.bin").write_bytes(CONTENT)
    client.log_artifact(run_id, str(tmp_path / "x.bin"))
    assert client.list_artifacts(run_id)[0].file_size == len(CONTENT)


def test_a_file_is_there_when_all_its_parts_are(server: RestServer, run_id: str) -> None:
    begun = begin(server, run_id)
    sent = send_parts(server, begun, b"first", b"second")
    assert files_of(server, run_id) == []
    sent = send_parts(server, begun, b"other", b"")  # a part that is sent again is another one
    assert complete(server, run_id, begun["upload_id"], sent).json() == {}
    assert server.store.artifacts.local_path(run_id, "deep/x.bin").read_bytes() == b"other"
    check_refused(complete(server, run_id, begun["upload_id"], sent), "complete twice")


def test_of_those_that_complete_it_at_once_one_does(server: RestServer, run_id: str) -> None:
    begun = begin(server, run_id)
    sent = send_parts(server, begun, b"a" * 5_000_000, b"b")
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: complete(server, run_id, begun["upload_id"], sent), range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [404] * 7


@pytest.mark.parametrize(
    "change",
    [
        lambda sent: sent[:1],
        lambda sent: [],
        lambda sent: sent[::-1],
        lambda sent: [sent[0], sent[0]],
        lambda sent: [*sent, {"part_number": 3, "etag": sent[0]["etag"]}],
        lambda sent: [sent[0], sent[1] | {"etag": sent[0]["etag"]}],
        lambda sent: [sent[0], sent[1] | {"etag": ""}],
        lambda sent: [sent[0], sent[1] | {"etag": "../../x"}],
        lambda sent: [sent[0], sent[1] | {"part_number": 0}],
        lambda sent: [sent[0], sent[1] | {"part_number": -1}],
        lambda sent: [sent[0], sent[1] | {"part_number": 2**63}],
    ],
)
def test_parts_that_are_not_those_that_were_sent_make_no_file(server: RestServer, run_id: str, change: Any) -> None:
    begun = begin(server, run_id)
    sent = send_parts(server, begun, b"first", b"second")
    check_refused(complete(server, run_id, begun["upload_id"], change(sent)), str(change(sent)))
    assert files_of(server, run_id) == []
    assert complete(server, run_id, begun["upload_id"], sent).json() == {}


def test_a_missing_part_makes_no_file(server: RestServer, run_id: str) -> None:
    begun = begin(server, run_id)
    one, two = send_parts(server, begun | {"credentials": begun["credentials"][:1]}, b"x")[0], {"part_number": 2}
    check_refused(complete(server, run_id, begun["upload_id"], [one, two | {"etag": one["etag"]}]), "missing")
    assert files_of(server, run_id) == []


def test_an_upload_is_of_the_file_for_which_it_began(server: RestServer, run_id: str) -> None:
    begun, other = begin(server, run_id), server.new_run()
    sent = send_parts(server, begun, b"first", b"second")
    check_refused(complete(server, other, begun["upload_id"], sent), "other run")
    check_refused(complete(server, run_id, begun["upload_id"], sent, path="y.bin"), "other name")
    aborted = {"path": "y.bin", "upload_id": begun["upload_id"]}
    assert server.http.post(f"{MPU}/abort/0/{run_id}/artifacts/deep", json=aborted).json() == {}
    assert complete(server, run_id, begun["upload_id"], sent, path="C:\\data\\x.bin").json() == {}


def test_an_upload_that_is_aborted_leaves_nothing(server: RestServer, run_id: str) -> None:
    begun = begin(server, run_id)
    sent = send_parts(server, begun, b"first", b"second")
    body = {"path": "/home/me/x.bin", "upload_id": begun["upload_id"]}
    for _ in range(2):
        assert server.http.post(f"{MPU}/abort/0/{run_id}/artifacts/deep", json=body).json() == {}
    check_refused(complete(server, run_id, begun["upload_id"], sent), "complete")
    check_refused(server.http.put(begun["credentials"][0]["url"], content=b"x"), "part")


@pytest.mark.parametrize("number", ["0", "3", "-1", "3001", "9" * 30, "1.5", "a", "1%2F2", "..", "%2e%2e"])
def test_only_parts_that_were_announced_are_kept(server: RestServer, run_id: str, number: str) -> None:
    begun = begin(server, run_id)
    check_refused(server.http.put(f"{MPU}/part/{begun['upload_id']}/{number}", content=b"x"), number)


@pytest.mark.parametrize("upload_id", ["0" * 32, "A" * 32, "..", "%2e%2e", "%2e%2e%2fx", "target.json", "0" * 31])
def test_only_uploads_that_have_begun_take_parts(server: RestServer, run_id: str, upload_id: str) -> None:
    check_refused(server.http.put(f"{MPU}/part/{upload_id}/1", content=b"x"), upload_id)
    check_refused(complete(server, run_id, upload_id, []), upload_id)


@pytest.mark.parametrize("path", ["", ".", "..", "/", "a/..", "a\0b", "a/b\\c", "\\\\server\\..", "x" * 300])
def test_only_names_of_files_begin_an_upload(server: RestServer, run_id: str, path: str) -> None:
    body = {"path": path, "num_parts": 1}
    check_refused(server.http.post(f"{MPU}/create/0/{run_id}/artifacts", json=body), path)


def test_only_runs_that_are_there_take_parts(server: RestServer, run_id: str) -> None:
    body = {"path": "x.bin", "num_parts": 1}
    for folder in ("0", "0/" + "0" * 32 + "/artifacts", f"0/{run_id}/artifacts/../../x", f"0/{run_id}"):
        check_refused(server.http.post(f"{MPU}/create/{folder}", json=body), folder)
    server.post("/runs/delete", run_id=run_id)
    check_refused(server.http.post(f"{MPU}/create/0/{run_id}/artifacts", json=body), "deleted")


def test_the_url_of_a_part_is_that_at_which_the_client_found_the_server(server: RestServer, run_id: str) -> None:
    port = server.url.rpartition(":")[2]
    headers = {"Host": f"localhost:{port}", "X-Forwarded-Proto": "https", "Authorization": "Bearer me"}
    body = {"path": "x.bin", "num_parts": 1}
    begun = server.http.post(f"{MPU}/create/0/{run_id}/artifacts", json=body, headers=headers).json()
    (credential,) = begun["credentials"]
    assert credential["url"] == f"https://localhost:{port}{MPU}/part/{begun['upload_id']}/1"
    assert credential["headers"] == {"Authorization": "Bearer me"}


def test_uploads_that_nobody_ends_are_forgotten_and_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "MAX_UPLOADS", 3)
    kept = parts.Parts(tmp_path)
    first, *_ = [kept.begin(parts.Target("a", 1)) for _ in range(3)]
    with pytest.raises(parts.TooManyUploads, match="in one PUT"):
        kept.begin(parts.Target("a", 1))
    os.utime(tmp_path / first, (0, 0))
    kept.begin(parts.Target("a", 1))
    assert not (tmp_path / first).exists()
