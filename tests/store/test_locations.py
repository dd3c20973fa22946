"""Where artifacts may be kept."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import pytest

from nbtrack.errors import InvalidInput, MissingPackage
from nbtrack.store import Store
from nbtrack.store.artifacts import check_location, child


@pytest.mark.parametrize(
    "location", ["s3://bucket", "s3a://bucket/a/b", "s3://bucket/a b", "/data/runs", "file:///data"]
)
def test_folders_and_urls_are_taken_as_they_are(location: str) -> None:
    assert check_location(location) == location


@pytest.mark.parametrize(
    "location",
    [
        "s3://AKIA:hush@bucket/x",
        "s3://hush@bucket/x",
        "s3://bucket/x?X-Amz-Signature=hush",
        "s3://bucket/x#hush",
        "abfss://container:hush@account.dfs.core.windows.net/x",
        "az://container/x?sig=hush",
        "https://hush@example.com/x",
        "simplecache::s3://hush",
        "s3://bucket/x::https://hush",
    ],
)
def test_a_url_with_a_secret_in_it_is_refused_and_not_repeated(location: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        check_location(location)
    assert "hush" not in str(raised.value)


@pytest.mark.parametrize(
    "location",
    [
        *(
            "",
            "relative/folder",
            "s3://",
            "s3:///key",
            "s3:/bucket",
            "s3://bucket/../other",
            "s3://bucket/%2e%2e/other",
        ),
        *("http://example.com/x", "ftp://example.com/x", "mlflow-artifacts:/0", "dbfs:/x", "s3://[bucket", "://x"),
    ],
)
def test_what_is_no_place_is_refused(location: str) -> None:
    with pytest.raises(InvalidInput):
        check_location(location)


@pytest.mark.parametrize(
    ("location", "package", "install"),
    [
        ("gs://bucket/x", "gcsfs", r"nbtrack\[gcs\]"),
        ("gcs://bucket", "gcsfs", r"nbtrack\[gcs\]"),
        ("az://container/x", "adlfs", r"nbtrack\[azure\]"),
        ("abfss://container@account.dfs.core.windows.net/x", "adlfs", r"nbtrack\[azure\]"),
    ],
)
def test_a_package_that_is_missing_is_named_with_what_installs_it(location: str, package: str, install: str) -> None:
    if importlib.util.find_spec(package):
        pytest.skip(f"{package} is installed here")
    with pytest.raises(MissingPackage, match=rf"{package}.*{install}"):
        check_location(location)


def test_a_folder_inside_a_location_is_one_of_its_kind() -> None:
    assert child("s3://bucket/", "run", "artifacts") == "s3://bucket/run/artifacts"
    assert child("/data/x/", "run") == "/data/x/run"
    assert child("file:///data/a%20b", "run") == "/data/a b/run"


def test_an_experiment_is_not_made_with_a_location_that_can_not_be(store: Store) -> None:
    with pytest.raises(InvalidInput, match="query"):
        store.experiments.create("wine", tags={}, artifact_location="s3://bucket/x?key=hush")
    assert store.experiments.find("wine") is None


def test_who_logs_to_a_folder_does_not_import_what_others_need(tmp_path) -> None:
    program = (
        "import sys, nbtrack; nbtrack.set_tracking_uri(sys.argv[1]); nbtrack.log_text('x', 'a.txt'); nbtrack.end_run();"
        "print(*sorted({'fsspec', 's3fs', 'botocore', 'aiohttp', 'platformdirs'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) <= {"platformdirs"}
