"""A process that uses SQLite forks: neither it nor its child hangs or loses anything, whichever lives longer."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nbtrack.entities import Batch
from nbtrack.store import Store, open_store
from tests.store.contract.making import new_run

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(str(tmp_path))
    yield opened
    opened.close()


def forked(work: Callable[[], object]) -> int:
    child = os.fork()
    if child == 0:
        try:
            work()
            os._exit(0)  # as workers of multiprocessing end: nothing is closed
        finally:
            os._exit(1)
    return child


def has_succeeded(child: int) -> bool:
    return os.waitpid(child, 0)[1] == 0


def test_what_a_child_writes_that_outlives_its_parents_store_is_kept(store: Store, tmp_path: Path) -> None:
    new_run(store)
    is_there, is_closed = os.pipe(), os.pipe()

    def outlive() -> None:
        new_run(store)
        os.write(is_there[1], b"1")
        os.read(is_closed[0], 1)
        new_run(store)

    child = forked(outlive)
    os.read(is_there[0], 1)
    store.close()
    os.write(is_closed[1], b"1")
    assert has_succeeded(child)
    for descriptor in (*is_there, *is_closed):
        os.close(descriptor)
    again = open_store(str(tmp_path))
    assert again.experiments.run_counts() == {"0": 3}
    again.close()


def test_a_child_writes_while_a_thread_of_its_parent_did_at_the_fork(store: Store) -> None:
    run_id, is_over = new_run(store), threading.Event()

    def keep_writing() -> None:
        step = 0
        while not is_over.is_set():
            store.runs.log(run_id, Batch(params={f"p{step}": "1"}))
            step += 1

    thread = threading.Thread(target=keep_writing)
    thread.start()
    try:
        for _ in range(5):
            assert has_succeeded(forked(lambda: new_run(store)))
    finally:
        is_over.set()
        thread.join()
    assert store.experiments.run_counts() == {"0": 6}


def test_a_thread_that_forks_within_a_reading_does_not_wait_for_itself(store: Store) -> None:
    class Forking(list[str]):
        def __iter__(self) -> Iterator[str]:
            assert has_succeeded(forked(lambda: None))
            return super().__iter__()

    run_id = new_run(store)
    assert [found.run_id for found in store.runs.summaries_of(Forking([run_id]))] == [run_id]


def test_a_change_before_a_fork_is_seen_after_it(store: Store, tmp_path: Path) -> None:
    token = store.change_token()
    other = open_store(str(tmp_path))
    new_run(other)
    assert has_succeeded(forked(lambda: None))
    assert store.change_token() != token
    other.close()
