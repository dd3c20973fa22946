"""What is particular to artifacts on S3, on a real server of its protocol on loopback."""

from __future__ import annotations

import multiprocessing
import os
import signal
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from nbtrack.errors import ArtifactNotFound, InvalidPath, StoreUnavailable
from nbtrack.store import Store, open_store
from tests.programs import KILLED_WRITER, run_python
from tests.s3 import SECRET, Bucket
from tests.store.contract.making import new_run


@pytest.fixture
def store(tmp_path: Path, bucket: Bucket) -> Iterator[Store]:
    opened = open_store(str(tmp_path / "store"), artifacts=f"{bucket.url}/place")
    yield opened
    opened.close()


def test_a_large_file_takes_little_memory_in_both_directions(bucket: Bucket, tmp_path: Path) -> None:
    program = """
        import resource, sys
        from nbtrack.store.artifacts.remote import RemotePlace
        from nbtrack.store.artifacts.reading import ArtifactReader
        place = RemotePlace(sys.argv[1], "r" * 32)
        place.put_stream("warm", [b"up"])
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        stored = place.put_stream("large.bin", (bytes([n]) * 1_000_000 for n in range(200)))
        with ArtifactReader(place.open("large.bin"), "large.bin", "") as reader:
            assert sum(map(len, reader.chunks())) == stored.size_bytes == 200_000_000
        print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
    """
    done = run_python(program, bucket.url)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 100, f"{done.stdout} MiB"


def test_a_writer_that_is_killed_leaves_nothing_to_be_seen(store: Store, bucket: Bucket) -> None:
    run_id = new_run(store)
    assert run_python(KILLED_WRITER, f"{bucket.url}/place/{run_id}").returncode == -signal.SIGKILL
    assert bucket.uploads() == [f"place/{run_id}/large.bin"]
    assert list(store.artifacts.walk(run_id)) == []
    with pytest.raises(ArtifactNotFound):
        store.artifacts.open(run_id, "large.bin")


def test_a_writer_that_fails_gives_its_parts_up(store: Store, bucket: Bucket) -> None:
    run_id = new_run(store)

    def chunks() -> Iterator[bytes]:
        yield bytes(30_000_000)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        store.artifacts.put_stream(run_id, "large.bin", chunks())
    assert (bucket.names(), bucket.uploads()) == ([], [])


def test_nothing_outside_of_the_owners_prefix_is_touched(store: Store, bucket: Bucket) -> None:
    run_id = new_run(store)
    store.artifacts.put_bytes(run_id, "a", b"own")
    for key in (f"place/{run_id}x/a", f"place/{run_id}/../secret", "place/other", f"place/{run_id}/a\\..\\b"):
        bucket.put(key, b"not own")
    assert [entry.path for entry in store.artifacts.walk(run_id)] == ["a"]
    assert [entry.path for entry in store.artifacts.list(run_id)] == ["a"]
    assert [file.name for file in store.artifacts.local_path(run_id, "").iterdir()] == ["a"]
    store.artifacts.delete(run_id)
    assert f"place/{run_id}/a" not in bucket.names()
    assert {f"place/{run_id}x/a", "place/other"} <= set(bucket.names())


@pytest.mark.parametrize("path", ["a*", "a?", "[a]", "a b+c&d=e", "ünï 🦌", "a%20b", "a#b", "~"])
def test_names_mean_themselves(store: Store, bucket: Bucket, path: str) -> None:
    run_id = new_run(store)
    store.artifacts.put_bytes(run_id, "ab", b"another")
    store.artifacts.put_bytes(run_id, path, b"this")
    assert f"place/{run_id}/{path}" in bucket.names()
    assert {entry.path for entry in store.artifacts.list(run_id)} == {"ab", path}
    assert store.artifacts.local_path(run_id, path).read_bytes() == b"this"
    store.artifacts.delete(run_id, path)
    assert [entry.path for entry in store.artifacts.list(run_id)] == ["ab"]


@pytest.mark.parametrize("path", ["a?versionId=x", "/".join(["deep"] * 300)])
def test_names_that_s3_would_not_keep_are_refused(store: Store, path: str) -> None:
    with pytest.raises(InvalidPath):
        store.artifacts.put_bytes(new_run(store), path, b"")


def test_a_bucket_that_is_not_there_is_named_without_secrets(tmp_path: Path, bucket: Bucket) -> None:
    store = open_store(str(tmp_path / "store"), artifacts=f"s3://no-{uuid.uuid4().hex}")
    with pytest.raises(StoreUnavailable, match="can't be written at s3://no-") as raised:
        store.artifacts.put_bytes(new_run(store), "a", b"")
    assert SECRET not in str(raised.value)
    store.close()


def test_a_server_that_is_away_is_a_fault_of_storage(
    tmp_path: Path, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_S3_ENDPOINT_URL", "http://127.0.0.1:9")
    store = open_store(str(tmp_path / "store"), artifacts=bucket.url)
    with pytest.raises(StoreUnavailable, match="Check that it is there"):
        store.artifacts.put_bytes(new_run(store), "a", b"")
    store.close()


def test_without_credentials_it_is_said_where_they_are_looked_for(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    program = """
        import sys
        from nbtrack.store.artifacts.remote import RemotePlace
        RemotePlace(sys.argv[1], "r").put_stream("a", [b""])
    """
    done = run_python(program, bucket.url)
    last = done.stderr.strip().splitlines()[-1]
    assert "StoreUnavailable" in last and "redentials" in last and "~/.aws" in last


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_child_writes_over_connections_of_its_own(store: Store, bucket: Bucket) -> None:
    run_id = new_run(store)
    store.artifacts.put_bytes(run_id, "parent", b"")
    child = multiprocessing.get_context("fork").Process(target=store.artifacts.put_bytes, args=(run_id, "child", b""))
    child.start()
    child.join(60)
    assert child.exitcode == 0
    assert sorted(bucket.names()) == [f"place/{run_id}/child", f"place/{run_id}/parent"]


def test_a_download_is_kept_until_what_it_is_of_changes(store: Store, bucket: Bucket) -> None:
    run_id = new_run(store)
    store.artifacts.put_bytes(run_id, "model/MLmodel", b"first")
    first = store.artifacts.local_path(run_id, "model")
    assert store.artifacts.local_path(run_id, "model") == first
    bucket.put(f"place/{run_id}/model/extra", b"x")
    second = store.artifacts.local_path(run_id, "model")
    assert second != first
    assert sorted(file.name for file in second.iterdir()) == ["MLmodel", "extra"]
    assert second.parent.parent.stat().st_mode & 0o077 == 0
