"""Artifacts on Google Cloud Storage, as an emulator plays it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from nbtrack.store import Store
from tests.clouds.contract import CloudContract
from tests.clouds.gcs import GcsBucket
from tests.store.contract.making import new_run
from tests.store.contract.places import read, source

__all__ = ["source"]

# That is how the SDK sends parts; they are few at a time.
pytestmark = pytest.mark.filterwarnings("ignore:Sending a large body directly:ResourceWarning")


class TestGcs(CloudContract):
    @pytest.fixture
    def place(self, gcs_bucket: GcsBucket) -> GcsBucket:
        return gcs_bucket

    @pytest.mark.parametrize("pieces", [1])  # more of them: below
    def test_a_stream_that_breaks_off_leaves_what_was_there(self, store: Store, pieces: int) -> None:
        super().test_a_stream_that_breaks_off_leaves_what_was_there(store, pieces)

    def test_an_upload_that_can_not_be_given_up_is_not_finished_either(self, store: Store) -> None:
        # Other than Google, the emulator knows no way to give one up; gcsfs asks it for half a minute.
        run_id = new_run(store)
        store.artifacts.put_bytes(run_id, "kept.bin", b"kept")

        def chunks() -> Iterator[bytes]:
            yield bytes(30_000_000)
            raise ConnectionAbortedError("the client has gone")

        with pytest.raises(ConnectionAbortedError):
            store.artifacts.put_stream(run_id, "kept.bin", chunks())
        assert read(store, run_id, "kept.bin") == b"kept"
