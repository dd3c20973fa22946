"""A copy of Google Cloud Storage on loopback, and buckets in it."""

from __future__ import annotations

import importlib.util
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest


@dataclass(frozen=True)
class GcsBucket:
    """A bucket, and Google's own client to look into it."""

    name: str
    client: Any

    @property
    def url(self) -> str:
        return f"gs://{self.name}"

    def names(self) -> list[str]:
        return [blob.name for blob in self.client.list_blobs(self.name)]

    def put(self, key: str, content: bytes) -> None:
        self.client.bucket(self.name).blob(key).upload_from_string(content)


@pytest.fixture(scope="session")
def gcs_server() -> Iterator[str]:
    """Give the URL of a server of this process's own."""
    for package in ("gcsfs", "gcp_storage_emulator"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed; make clouds installs it")
    from gcp_storage_emulator.server import create_server

    server = create_server("127.0.0.1", 0, in_memory=True)
    server.start()
    host, port = server._api._httpd.server_address
    yield f"http://{host}:{port}"
    server.stop()


def find_gcs(url: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process, and those that it starts, find a server where the SDK looks for it."""
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", url)
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    # Else gcsfs asks by gRPC, which no emulator speaks, what kind of bucket it is.
    monkeypatch.setenv("GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT", "false")
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(folder / "no-gcloud-config"))
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    from gcsfs import GCSFileSystem

    GCSFileSystem.clear_instance_cache()  # it would go on asking the server of an earlier test


@pytest.fixture
def gcs_bucket(gcs_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GcsBucket]:
    find_gcs(gcs_server, tmp_path, monkeypatch)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    from google.auth.credentials import AnonymousCredentials
    from google.cloud.storage import Client

    name = f"nbtrack-{uuid.uuid4().hex}"
    client = Client(project="tests", credentials=AnonymousCredentials())
    client.create_bucket(name)
    yield GcsBucket(name, client)
    client.close()
