"""What lies on S3 is listed and sent to the browser like what lies in a folder."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import httpx
import pytest

from nbtrack.entities import Batch, NewRun
from tests.s3 import Bucket
from tests.server.conftest import started_server
from tests.server.running import Server


@pytest.fixture
def server(bucket: Bucket, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    yield from started_server(tmp_path_factory)


def test_it_is_listed_sent_and_checked(server: Server, bucket: Bucket) -> None:
    store, run_id = server.store, uuid.uuid4().hex
    place = store.artifacts.settle(run_id, f"{bucket.url}/experiment")
    store.runs.create([NewRun(run_id, "run", "0", 1, artifact_uri=place)])
    large = bytes(range(256)) * 10_000
    files = (
        store.artifacts.put_bytes(run_id, "notes/a.txt", b"hello"),
        store.artifacts.put_bytes(run_id, "large.bin", large),
    )
    store.runs.log(run_id, Batch(files=files))
    entries = server.api.get(f"runs/{run_id}/artifacts").json()["entries"]
    assert [(entry["path"], entry["sizeBytes"]) for entry in entries] == [("notes", None), ("large.bin", len(large))]
    url = f"runs/{run_id}/artifact"
    assert server.api.get(url, params={"path": "notes/a.txt"}).text == "hello"
    assert server.api.get(url, params={"path": "large.bin"}).content == large
    assert server.api.get(url, params={"path": "notes/b.txt"}).status_code == 404
    assert server.api.get(url, params={"path": "../experiment"}).status_code == 400
    bucket.put(f"experiment/{run_id}/artifacts/notes/a.txt", b"jello")
    answer = server.api.get(url, params={"path": "notes/a.txt"})
    assert (answer.status_code, answer.json()["code"]) == (500, "DATA_LOSS")
    bucket.put(f"experiment/{run_id}/artifacts/large.bin", large[:-1] + b"x")
    with pytest.raises(httpx.RemoteProtocolError):
        server.api.get(url, params={"path": "large.bin"})
