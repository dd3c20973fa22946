"""A real S3 server on loopback, and buckets in it."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

KEY, SECRET = "AKIATESTINGTESTING", "a-secret-that-must-not-be-seen"


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """Give the URL of a server of this process's own."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@dataclass(frozen=True)
class Bucket:
    """A bucket, and the SDK's own client to look into it."""

    name: str
    client: Any

    @property
    def url(self) -> str:
        return f"s3://{self.name}"

    def names(self) -> list[str]:
        found = self.client.list_objects_v2(Bucket=self.name, MaxKeys=1000)
        return [item["Key"] for item in found.get("Contents", ())]

    def uploads(self) -> list[str]:
        """Return the keys of uploads that are neither whole nor given up."""
        return [item["Key"] for item in self.client.list_multipart_uploads(Bucket=self.name).get("Uploads", ())]

    def put(self, key: str, content: bytes) -> None:
        self.client.put_object(Bucket=self.name, Key=key, Body=content)

    def get(self, key: str) -> bytes:
        return self.client.get_object(Bucket=self.name, Key=key)["Body"].read()


def s3_variables(url: str, folder: Path) -> dict[str, str]:
    """Return the variables by which a process finds a server, and its credentials where the SDK looks for them."""
    return {
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL_S3": url,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": str(folder / "no-aws-config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(folder / "no-aws-credentials"),
        "XDG_CACHE_HOME": str(folder / "cache"),
    }


def find_s3(url: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process, and those that it starts, find a server."""
    from s3fs import S3FileSystem

    for name, value in s3_variables(url, folder).items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("MLFLOW_S3_ENDPOINT_URL", raising=False)
    S3FileSystem.clear_instance_cache()  # it would go on asking the server of an earlier test


@pytest.fixture
def s3_environment(s3_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Let this process, and those that it starts, find the server."""
    find_s3(s3_server, tmp_path, monkeypatch)
    return s3_server


@pytest.fixture
def bucket(s3_environment: str) -> Iterator[Bucket]:
    import boto3

    client = boto3.client("s3", endpoint_url=s3_environment)
    name = f"nbtrack-{uuid.uuid4().hex}"
    client.create_bucket(Bucket=name)
    yield Bucket(name, client)
    client.close()
