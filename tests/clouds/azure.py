"""Azurite, the copy of Azure's blob service that Microsoft keeps, on loopback, and containers in it."""

from __future__ import annotations

import base64
import os
import re
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ACCOUNT, SECRET = "nbtracktests", base64.b64encode(b"a secret that must not be seen").decode()


@dataclass(frozen=True)
class Container:
    """A container, and the SDK's own client to look into it."""

    name: str
    client: Any

    @property
    def url(self) -> str:
        return f"az://{self.name}"

    def names(self) -> list[str]:
        return list(self.client.list_blob_names())

    def put(self, key: str, content: bytes) -> None:
        self.client.upload_blob(key, content, overwrite=True)


@pytest.fixture(scope="session")
def azurite() -> Iterator[str]:
    """Give the URL of a server of this process's own."""
    pytest.importorskip("adlfs", reason="adlfs is not installed; make clouds installs it")
    program = shutil.which("azurite-blob")
    if program is None:
        pytest.skip("azurite-blob is not installed; make clouds installs it")
    options = (
        "--blobHost 127.0.0.1 --blobPort 0 --inMemoryPersistence --skipApiVersionCheck --disableTelemetry --silent"
    )
    accounts = {"AZURITE_ACCOUNTS": f"{ACCOUNT}:{SECRET}"}
    with subprocess.Popen(
        [program, *options.split()], stdout=subprocess.PIPE, text=True, env={**os.environ, **accounts}
    ) as server:
        assert server.stdout is not None
        yield next(found[0] for line in server.stdout if (found := re.search(r"http://\S+:\d+$", line.strip())))
        server.terminate()


def connection_string(url: str, key: str = SECRET) -> str:
    return f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={key};BlobEndpoint={url}/{ACCOUNT};"


def find_azure(connection: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process, and those that it starts, find a server where the SDK looks for it."""
    from adlfs import AzureBlobFileSystem

    for name in [name for name in os.environ if name.startswith("AZURE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", connection)
    AzureBlobFileSystem.clear_instance_cache()  # it would go on asking the server of an earlier test


@pytest.fixture
def container(azurite: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Container]:
    from azure.storage.blob import BlobServiceClient

    find_azure(connection_string(azurite), monkeypatch)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    name = f"nbtrack-{uuid.uuid4().hex}"
    with BlobServiceClient.from_connection_string(connection_string(azurite)) as service:
        yield Container(name, service.create_container(name))
