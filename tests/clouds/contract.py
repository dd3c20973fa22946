"""What every cloud's place promises, beside what every place does.

Who runs it gives a ``place``: a bucket or container of a service that runs.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nbtrack.errors import ArtifactNotFound, StoreUnavailable
from nbtrack.store import Store, open_store
from tests.clouds.place import CloudPlace
from tests.programs import KILLED_WRITER, run_python
from tests.store.contract.making import new_run
from tests.store.contract.places import PlaceContract


class CloudContract(PlaceContract):
    @pytest.fixture
    def store(self, tmp_path: Path, place: CloudPlace) -> Iterator[Store]:
        opened = open_store(str(tmp_path / "store"), artifacts=f"{place.url}/some/place")
        yield opened
        opened.close()

    @pytest.fixture
    def behind(self, place: CloudPlace) -> Callable[[str, str, bytes], None]:
        return lambda owner_id, path, content: place.put(f"some/place/{owner_id}/{path}", content)

    def test_a_writer_that_is_killed_leaves_nothing_to_be_seen(self, store: Store, place: CloudPlace) -> None:
        run_id = new_run(store)
        assert run_python(KILLED_WRITER, f"{place.url}/some/place/{run_id}").returncode == -signal.SIGKILL
        assert list(store.artifacts.walk(run_id)) == []
        with pytest.raises(ArtifactNotFound):
            store.artifacts.open(run_id, "large.bin")

    def test_nothing_outside_of_the_owners_prefix_is_touched(self, store: Store, place: CloudPlace) -> None:
        run_id = new_run(store)
        store.artifacts.put_bytes(run_id, "a", b"own")
        others = {f"some/place/{run_id}x/a", "some/place/other"}
        for key in others:
            place.put(key, b"not own")
        assert [entry.path for entry in store.artifacts.walk(run_id)] == ["a"]
        assert [entry.path for entry in store.artifacts.list(run_id)] == ["a"]
        store.artifacts.delete(run_id)
        assert set(place.names()) == others

    @pytest.mark.parametrize("path", ["a*", "a?b", "[a]", "a b+c&d=e", "ünï 🦌", "a%20b", "a#b", "~"])
    def test_names_mean_themselves(self, store: Store, place: CloudPlace, path: str) -> None:
        run_id = new_run(store)
        store.artifacts.put_bytes(run_id, "ab", b"another")
        store.artifacts.put_bytes(run_id, path, b"this")
        assert f"some/place/{run_id}/{path}" in place.names()
        assert {entry.path for entry in store.artifacts.list(run_id)} == {"ab", path}
        assert store.artifacts.local_path(run_id, path).read_bytes() == b"this"
        store.artifacts.delete(run_id, path)
        assert [entry.path for entry in store.artifacts.list(run_id)] == ["ab"]

    def test_a_place_that_is_not_there_is_named(self, tmp_path: Path, place: CloudPlace) -> None:
        scheme = place.url.partition("://")[0]
        store = open_store(str(tmp_path / "store"), artifacts=f"{scheme}://no-{uuid.uuid4().hex}")
        with pytest.raises(StoreUnavailable, match=f"can't be written at {scheme}://no-.*Check that it is there"):
            store.artifacts.put_bytes(new_run(store), "a", b"")
        store.close()

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
    def test_a_forked_child_writes_over_connections_of_its_own(self, store: Store, place: CloudPlace) -> None:
        run_id = new_run(store)
        store.artifacts.put_bytes(run_id, "parent", b"")
        fork = multiprocessing.get_context("fork")
        child = fork.Process(target=store.artifacts.put_bytes, args=(run_id, "child", b""))
        child.start()
        child.join(60)
        assert child.exitcode == 0
        assert sorted(place.names()) == [f"some/place/{run_id}/child", f"some/place/{run_id}/parent"]
