"""Which package reaches the artifacts behind a URL, by the URL's scheme."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from nbtrack.errors import MissingPackage


@dataclass(frozen=True)
class Scheme:
    """How URLs of a scheme are served.

    ``credentials`` says where they come from, to end "from where ...". Where a file can be seen while it is written
    (``shows_partial``) it gets its name afterwards. ``has_users``: the URL may name a user, who is no secret.
    ``loggers``: by which it complains at length of what is told in one message.
    """

    package: str
    extra: str
    credentials: str
    options: Callable[[], Mapping[str, Any]] = dict
    shows_partial: bool = False
    has_users: bool = False
    loggers: tuple[str, ...] = ()


def _s3_options() -> Mapping[str, Any]:
    """Everything but MLflow's own variable is left to the SDK, which knows the environment, ~/.aws and roles."""
    endpoint = os.environ.get("MLFLOW_S3_ENDPOINT_URL") or None
    # A training loop waits for this: an endpoint that is away must not hold it up for minutes.
    config = {"connect_timeout": 10, "read_timeout": 60, "retries": {"max_attempts": 3}}
    return {"endpoint_url": endpoint, "config_kwargs": config}


_S3 = Scheme("s3fs", "nbtrack[s3]", "the AWS SDK finds them (environment, ~/.aws, roles)", options=_s3_options)
_GCS = Scheme(
    "gcsfs",
    "nbtrack[gcs]",
    "Google's SDK finds them (GOOGLE_APPLICATION_CREDENTIALS, gcloud auth application-default login)",
    loggers=("gcsfs",),
)
_AZURE = Scheme(
    "adlfs",
    "nbtrack[azure]",
    "adlfs finds them (AZURE_STORAGE_CONNECTION_STRING, or AZURE_STORAGE_ACCOUNT_NAME with a key or az login)",
    options=lambda: {"anon": False},
    has_users=True,  # abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/
    loggers=("azure",),
)

SCHEMES: Mapping[str, Scheme] = {
    "s3": _S3,
    "s3a": _S3,
    "gs": _GCS,
    "gcs": _GCS,
    "az": _AZURE,
    "abfs": _AZURE,
    "abfss": _AZURE,
    "memory": Scheme("fsspec", "fsspec", "none are needed", shows_partial=True),
}


def scheme_of(url: str) -> Scheme:
    return SCHEMES[url.partition("://")[0].lower()]


def check_installed(url: str) -> None:
    """Raise MissingPackage where the package that reaches a URL is not installed."""
    scheme = scheme_of(url)
    if importlib.util.find_spec(scheme.package) is None:
        raise MissingPackage(scheme.package, f"Keeping artifacts at {url.partition('://')[0]}:// URLs", scheme.extra)
