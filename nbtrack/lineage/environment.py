"""What code runs in: Python, the platform, and the packages that are imported."""

from __future__ import annotations

import functools
import hashlib
import json
import platform

from nbtrack.distributions import imported_distributions
from nbtrack.entities import Environment


def describe_environment() -> Environment:
    """Describe this process. Packages are those imported so far, by distribution, with their versions."""
    packages = imported_distributions()
    document = json.dumps([platform.python_version(), _platform(), packages], sort_keys=True)
    digest = hashlib.sha256(document.encode()).hexdigest()[:32]
    return Environment(digest, platform.python_version(), _platform(), packages)


@functools.cache
def _platform() -> str:
    return platform.platform()
