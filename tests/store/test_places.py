"""Places of artifacts: folders of this machine, S3, and whatever else fsspec reaches, as equals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import fsspec
import pytest

from nbtrack.store import Store, open_store
from tests.s3 import Bucket
from tests.store.contract.places import PlaceContract, source

__all__ = ["source"]


def opened(folder: Path, artifacts: str | None) -> Iterator[Store]:
    store = open_store(str(folder), artifacts=artifacts)
    yield store
    store.close()


class TestFolder(PlaceContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[Store]:
        yield from opened(tmp_path / "store", None)

    @pytest.fixture
    def behind(self, tmp_path: Path) -> Callable[[str, str, bytes], None]:
        def write(owner_id: str, path: str, content: bytes) -> None:
            file = tmp_path / "store" / "artifacts" / owner_id / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)

        return write


class TestS3(PlaceContract):
    @pytest.fixture
    def store(self, tmp_path: Path, bucket: Bucket) -> Iterator[Store]:
        yield from opened(tmp_path / "store", f"{bucket.url}/some/place")

    @pytest.fixture
    def behind(self, bucket: Bucket) -> Callable[[str, str, bytes], None]:
        return lambda owner_id, path, content: bucket.put(f"some/place/{owner_id}/{path}", content)


class TestOtherFilesystem(PlaceContract):
    """One whose files can be seen while they are written."""

    @pytest.fixture
    def store(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
        yield from opened(tmp_path / "store", f"memory://{tmp_path.name}/place")

    @pytest.fixture
    def behind(self, tmp_path: Path) -> Callable[[str, str, bytes], None]:
        files = fsspec.filesystem("memory")
        return lambda owner_id, path, content: files.pipe_file(f"/{tmp_path.name}/place/{owner_id}/{path}", content)
