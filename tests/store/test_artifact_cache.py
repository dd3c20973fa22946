from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from nbtrack.store.artifacts.cache import ArtifactCache


def filled(size: int):
    return lambda folder: (folder / "file").write_bytes(bytes(size))


def test_what_was_asked_for_longest_ago_makes_room(tmp_path: Path) -> None:
    cache = ArtifactCache(tmp_path / "cache", max_bytes=250, in_use_s=60)
    folders = [cache.fetch([str(number)], "f", filled(100)) for number in range(2)]
    for age_s, folder in zip((200, 100), folders, strict=True):
        os.utime(folder.parent, (time.time() - age_s,) * 2)
    cache.fetch(["0"], "f", filled(100))
    new = cache.fetch(["2"], "f", filled(100))
    assert [folder.exists() for folder in (*folders, new)] == [True, False, True]


def test_what_may_be_being_read_stays(tmp_path: Path) -> None:
    cache = ArtifactCache(tmp_path / "cache", max_bytes=150, in_use_s=60)
    folders = [cache.fetch([str(number)], "f", filled(100)) for number in range(3)]
    assert all(folder.exists() for folder in folders)


def test_a_download_that_fails_leaves_nothing(tmp_path: Path) -> None:
    cache = ArtifactCache(tmp_path / "cache")

    def fail(folder: Path) -> None:
        (folder / "half").write_bytes(b"x")
        raise ConnectionError

    with pytest.raises(ConnectionError):
        cache.fetch(["x"], "f", fail)
    assert list((tmp_path / "cache").iterdir()) == []
    assert (cache.fetch(["x"], "f", filled(1)) / "file").exists()


def test_many_may_ask_for_the_same_at_once(tmp_path: Path) -> None:
    cache = ArtifactCache(tmp_path / "cache")
    with ThreadPoolExecutor(8) as threads:
        found = set(threads.map(lambda _: cache.fetch(["x"], "f", filled(10)), range(16)))
    (folder,) = found
    assert (folder / "file").stat().st_size == 10
    assert len(list((tmp_path / "cache").iterdir())) == 1


def test_what_is_forgotten_is_downloaded_again(tmp_path: Path) -> None:
    cache = ArtifactCache(tmp_path / "cache")
    folder = cache.fetch(["x"], "f", filled(10))
    cache.forget(folder / "file")
    assert not folder.exists()
    cache.forget(tmp_path / "elsewhere")
    assert (cache.fetch(["x"], "f", filled(20)) / "file").stat().st_size == 20
