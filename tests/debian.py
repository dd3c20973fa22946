"""Installing programs that tests need, by apt, where root runs them on Debian."""

from __future__ import annotations

import os
import shutil
import subprocess


def can_install() -> bool:
    return shutil.which("apt-get") is not None and hasattr(os, "geteuid") and os.geteuid() == 0


def install(*packages: str) -> None:
    apt = ["apt-get", "-o", "DPkg::Lock::Timeout=120", "-qq"]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run([*apt, "update"], check=True, env=environment)
    subprocess.run([*apt, "install", "-y", "--no-install-recommends", *packages], check=True, env=environment)
