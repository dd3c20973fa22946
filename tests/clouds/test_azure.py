"""Artifacts on Azure, as Azurite plays it."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from nbtrack.errors import InvalidPath, StoreUnavailable
from nbtrack.store import Store, open_store
from tests.clouds.azure import Container, connection_string, find_azure
from tests.clouds.contract import CloudContract
from tests.store.contract.making import new_run
from tests.store.contract.places import source

__all__ = ["source"]

# That is how the SDK sends parts; they are few at a time.
pytestmark = pytest.mark.filterwarnings("ignore:Sending a large body directly:ResourceWarning")


class TestAzure(CloudContract):
    @pytest.fixture
    def place(self, container: Container) -> Container:
        return container

    @pytest.mark.parametrize("path", ["a?", "a#", "a?#b", "a?versionid=x", "a?versionId=x"])
    def test_a_name_of_which_adlfs_would_take_but_a_part_is_refused(self, store: Store, path: str) -> None:
        run_id = new_run(store)
        with pytest.raises(InvalidPath, match="can't be a name"):
            store.artifacts.put_bytes(run_id, path, b"")
        assert list(store.artifacts.walk(run_id)) == []


def test_a_wrong_key_is_told_and_not_repeated(
    container: Container, azurite: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = base64.b64encode(b"another secret").decode()
    find_azure(connection_string(azurite, wrong), monkeypatch)
    store = open_store(str(tmp_path / "store"), artifacts=container.url)
    with pytest.raises(StoreUnavailable, match=r"failed to authenticate.*AZURE_STORAGE_CONNECTION_STRING") as raised:
        store.artifacts.put_bytes(new_run(store), "a", b"")
    assert wrong not in str(raised.value)
    store.close()


@pytest.mark.parametrize("connection", ["", "garbage"])
def test_a_connection_that_can_not_be_is_told_to_readers_and_writers(
    connection: str, container: Container, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    find_azure(connection, monkeypatch)
    store = open_store(str(tmp_path / "store"), artifacts=container.url)
    for act in (lambda: store.artifacts.put_bytes("r", "a", b""), lambda: store.artifacts.list("r")):
        with pytest.raises(StoreUnavailable, match=r"Connection string .* malformed\. Check"):
            act()
    store.close()
