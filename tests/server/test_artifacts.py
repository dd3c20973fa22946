"""Files of runs over HTTP."""

import os

import pytest

from tests.server.running import Server

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 3000


@pytest.fixture
def run_id(server: Server) -> str:
    run_id = server.run()
    for path, content in {
        "plot.png": PNG,
        "model/MLmodel": b"flavors: {}",
        "model/model.skops": b"PK",
        "page.html": b"<script>alert(1)</script>",
        "ünï %2e 'q'.txt": "grün".encode(),
        "empty.bin": b"",
    }.items():
        server.store.artifacts.put_bytes(run_id, path, content)
    return run_id


def test_a_folder_is_listed_with_folders_first(server: Server, run_id):
    entries = server.api.get(f"runs/{run_id}/artifacts").json()["entries"]
    assert entries[0] == {"path": "model", "isFolder": True, "sizeBytes": None, "mimeType": None}
    assert {entry["path"]: entry["mimeType"] for entry in entries}["plot.png"] == "image/png"
    inner = server.api.get(f"runs/{run_id}/artifacts", params={"path": "model"}).json()["entries"]
    assert [(entry["path"], entry["sizeBytes"]) for entry in inner] == [("model/MLmodel", 11), ("model/model.skops", 2)]


@pytest.mark.parametrize(
    ("path", "content_type", "place"),
    [
        ("plot.png", "image/png", "inline"),
        ("model/MLmodel", "text/plain; charset=utf-8", "inline"),
        ("model/model.skops", "application/octet-stream", "attachment"),
        ("page.html", "text/html; charset=utf-8", "inline"),
        ("empty.bin", "application/octet-stream", "attachment"),
    ],
)
def test_a_file_is_served_so_that_it_cannot_act_for_the_user(server: Server, run_id, path, content_type, place):
    answer = server.api.get(f"runs/{run_id}/artifact", params={"path": path})
    assert answer.status_code == 200
    assert answer.content == (server.root / ".nbtrack" / "artifacts" / run_id / path).read_bytes()
    assert answer.headers["Content-Type"] == content_type
    assert answer.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith(place)


def test_a_path_is_decoded_once(server: Server, run_id):
    answer = server.api.get(f"runs/{run_id}/artifact", params={"path": "ünï %2e 'q'.txt"})
    assert answer.text == "grün"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("../../nbtrack.db", 400),
        ("model/../../../nbtrack.db", 400),
        ("/etc/passwd", 400),
        ("..%2f..%2fnbtrack.db", 400),
        ("model\\..\\x", 400),
        ("a\0b", 400),
        ("model", 404),
        ("", 404),
        ("nothing.txt", 404),
    ],
)
def test_nothing_outside_the_run_is_served(server: Server, run_id, path, status):
    answer = server.api.get(f"runs/{run_id}/artifact", params={"path": path})
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/json")


@pytest.mark.parametrize("other", ["..", "%2e%2e", "..%2fartifacts"])
def test_a_run_id_is_no_path(server: Server, run_id, other):
    assert server.api.get(f"runs/{other}/artifact?path=nbtrack.db").status_code in (400, 404)
    assert run_id


def test_links_are_neither_listed_nor_followed(server: Server, run_id):
    folder = server.root / ".nbtrack" / "artifacts" / run_id
    secret = server.root / "secret"
    secret.mkdir(exist_ok=True)
    (secret / "key.txt").write_text("secret")
    (folder / "link.txt").symlink_to(secret / "key.txt")
    (folder / "linked").symlink_to(secret)
    os.mkfifo(folder / "pipe")
    listed = {entry["path"] for entry in server.api.get(f"runs/{run_id}/artifacts").json()["entries"]}
    assert not {"link.txt", "linked"} & listed
    for path in ("link.txt", "linked/key.txt", "pipe"):
        answer = server.api.get(f"runs/{run_id}/artifact", params={"path": path})
        assert answer.status_code in (400, 404)
        assert "secret" not in answer.text


def test_a_run_that_is_not_there_has_no_artifacts(server: Server):
    assert server.api.get("runs/nothing/artifacts").status_code == 404


def test_a_browser_that_leaves_in_the_middle_of_a_file_leaves_no_traceback(server: Server, run_id):
    server.store.artifacts.put_bytes(run_id, "large.bin", bytes(50_000_000))
    with server.api.stream("GET", f"runs/{run_id}/artifact", params={"path": "large.bin"}) as answer:
        next(answer.iter_raw())
    assert server.api.get("store").status_code == 200
