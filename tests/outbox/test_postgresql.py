"""The outbox of a store on PostgreSQL: what it promises holds there too, and while the server is away."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from nbtrack.outbox import recover
from nbtrack.store import Store, open_store
from tests.outbox.test_outbox import (  # noqa: F401 the same tests on another store
    outbox,
    refuse,
    run_id,
    segments,
    test_a_delivery_that_is_made_again_is_written_once,
    test_a_fault_of_the_store_neither_loses_nor_doubles,
    test_a_forked_child_has_a_segment_of_its_own,
    test_a_run_that_can_never_be_stored_does_not_hold_up_the_rest,
    test_more_than_memory_takes_is_read_back,
    test_nothing_that_was_acknowledged_is_lost_to_kill_9,
    test_others_see_it_soon_without_a_flush,
    test_points_and_batches_arrive_in_order_and_leave_nothing_behind,
    test_processes_log_at_once,
    test_threads_log_at_once,
    test_what_is_refused_does_not_hold_up_the_rest,
    told,
)
from tests.postgresql import PostgresqlServer

# `make durability` takes more time for it.
OUTAGE_S = float(os.environ.get("NBTRACK_OUTAGE_S", "3"))


@pytest.fixture
def store(postgresql_uri: str) -> Iterator[Store]:
    opened = open_store(postgresql_uri)
    yield opened
    opened.close()


def test_what_waits_lies_in_a_folder_of_the_users_own(store: Store, user_data: Path) -> None:
    recover(store, refuse)
    assert store.outbox.parent == user_data / "outbox"
    assert str(store.uri) not in str(store.outbox)


TRAIN = """
    import os, sys, time
    import nbtrack

    nbtrack.set_tracking_uri(sys.argv[1])
    with nbtrack.start_run(run_name="training"):
        step = 0
        while not os.path.exists(sys.argv[2]):
            nbtrack.log_metric("loss", 1 / (step + 1), step=step)
            if step % 50 == 0:
                nbtrack.log_param(f"p{step}", step)
            step += 1
            if step % 10 == 0:
                print(step, flush=True)
            time.sleep(0.002)
    print(step, flush=True)
"""


class Training:
    """A process that logs until it is told to end."""

    def __init__(self, uri: str, folder: Path) -> None:
        self._sign = folder / "enough"
        self._process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(TRAIN), uri, str(self._sign)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def wait_for_steps(self) -> int:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, self._process.communicate()[1]
        return int(line)

    def end(self) -> tuple[int, str]:
        """Return how many steps there were, and what it said."""
        self._sign.touch()
        said, warned = self._process.communicate(timeout=60)
        assert self._process.returncode == 0, warned
        return int(said.split()[-1]), warned

    def kill(self) -> int:
        """Return how many steps were logged at least."""
        self._process.send_signal(signal.SIGKILL)
        said, _ = self._process.communicate(timeout=60)
        return int(said.split()[-1]) if said else 0


def logged(store: Store) -> tuple[str, int]:
    """Return the status of the one run, and its steps, which are whole and in order."""
    (run,) = store.runs.summaries().runs
    steps = [point.step for point in store.metrics.history(run.run_id, "loss").points]
    assert steps == list(range(len(steps)))
    assert len(store.runs.get(run.run_id).data.params) == (len(steps) + 49) // 50
    return str(run.status), len(steps)


def test_a_server_that_is_away_for_a_while_loses_and_doubles_nothing(
    postgresql: PostgresqlServer, store: Store, postgresql_uri: str, tmp_path: Path
) -> None:
    training = Training(postgresql_uri, tmp_path)
    training.wait_for_steps()
    postgresql.stop()
    time.sleep(OUTAGE_S)
    before = training.wait_for_steps()
    postgresql.start()
    while training.wait_for_steps() < before + 200:
        pass
    steps, warned = training.end()
    assert logged(store) == ("FINISHED", steps)
    assert len(re.findall("^nbtrack: ", warned, re.MULTILINE)) == 1, warned
    assert "kept until it can" in warned
    assert segments(store) == []


def test_a_run_that_begins_while_the_server_is_away_is_there_when_it_is_back(
    postgresql: PostgresqlServer, store: Store, postgresql_uri: str, tmp_path: Path
) -> None:
    postgresql.stop()
    try:
        training = Training(postgresql_uri, tmp_path)
        while training.wait_for_steps() < 100:
            pass
    finally:
        postgresql.start()
    while training.wait_for_steps() < 500:
        pass
    steps, warned = training.end()
    assert logged(store) == ("FINISHED", steps)
    assert len(re.findall("^nbtrack: ", warned, re.MULTILINE)) == 1, warned
    assert "Check that the server runs" in warned
    assert "Traceback" not in warned


def test_what_a_process_left_that_died_while_the_server_was_away_is_stored_by_the_next(
    postgresql: PostgresqlServer, store: Store, postgresql_uri: str, tmp_path: Path
) -> None:
    training = Training(postgresql_uri, tmp_path)
    training.wait_for_steps()
    postgresql.stop()
    try:
        while training.wait_for_steps() < 300:
            pass
        steps = training.kill()
    finally:
        postgresql.start()
    look = "import sys, nbtrack; nbtrack.set_tracking_uri(sys.argv[1]); print(nbtrack.search_runs().status.tolist())"
    done = subprocess.run([sys.executable, "-c", look, postgresql_uri], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['KILLED']"
    status, kept = logged(store)
    assert status == "KILLED"
    assert steps <= kept
