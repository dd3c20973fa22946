from __future__ import annotations

from tests.clouds.azure import azurite, container
from tests.clouds.gcs import gcs_bucket, gcs_server

__all__ = ["azurite", "container", "gcs_bucket", "gcs_server"]
