"""Watching the store."""

import logging
import shutil
import threading
import uuid

from nbtrack.entities import NewRun
from nbtrack.server.poller import StorePoller
from nbtrack.server.services import SharedStore
from nbtrack.store import open_store
from tests.server.running import wait_until

LOG = logging.getLogger("nbtrack.tests")


def test_a_store_that_appears_later_is_found_and_its_changes_are_told(tmp_path):
    shared, heard = SharedStore(str(tmp_path / ".nbtrack")), []
    poller = StorePoller(shared, on_change=heard.append, log=LOG)
    poller.start()
    store = open_store(shared.uri)
    wait_until(lambda: heard == [store.seq()])
    store.runs.create([NewRun(uuid.uuid4().hex, "run", "0", 1)])
    wait_until(lambda: heard[-1] == store.seq())
    poller.close()
    shared.close()
    store.close()
    assert not (tmp_path / "elsewhere").exists()


def test_a_store_that_is_deleted_and_made_again_is_watched_on(tmp_path):
    shared, heard = SharedStore(str(tmp_path / ".nbtrack")), []
    shared.get().runs.create([NewRun(uuid.uuid4().hex, "run", "0", 1)])
    poller = StorePoller(shared, on_change=heard.append, log=LOG)
    poller.start()
    wait_until(lambda: heard)
    before = shared.get()
    shutil.rmtree(shared.uri)
    wait_until(lambda: not shared.is_open)
    wait_until(lambda: shared.get().seq() == heard[-1])
    assert shared.get() is not before
    poller.close()
    shared.close()


def test_a_place_that_is_no_store_is_said_once_and_watched_on(tmp_path, caplog):
    place = tmp_path / ".nbtrack"
    place.write_text("a file")
    asked = threading.Semaphore(0)

    class Counting(SharedStore):
        def get(self):
            asked.release()
            return super().get()

    poller = StorePoller(Counting(str(place)), on_change=lambda seq: None, log=LOG)
    with caplog.at_level(logging.WARNING):
        poller.start()
        for _ in range(3):
            assert asked.acquire(timeout=10)
        poller.close()
    assert len(caplog.records) == 1
    assert "is a file, not an nbtrack store" in caplog.text


def test_a_poller_that_never_started_can_be_closed(tmp_path):
    StorePoller(SharedStore(str(tmp_path)), on_change=lambda seq: None, log=LOG).close()
