"""What frameworks need beside Python, and machines that lack it.

python -m tests.frameworks.programs installs it, where root runs it on Debian.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import suppress

import pytest

from tests.debian import can_install, install

PACKAGES = {"java": "openjdk-17-jre-headless", "Rscript": "r-base-core"}
"""Debian's names."""


def _needs(program: str) -> pytest.MarkDecorator:
    reason = f"{program} is not installed (Debian: apt-get install {PACKAGES[program]})."
    return pytest.mark.skipif(shutil.which(program) is None, reason=reason)


needs_java, needs_r = _needs("java"), _needs("Rscript")


def without_programs(program: str, *arguments: str) -> str:
    """Run a program of Python where there is neither Java nor R, and return what it writes to its error stream."""
    environment = {name: value for name, value in os.environ.items() if not name.endswith("JAVA_HOME")}
    command = [sys.executable, "-W", "ignore", "-c", program, *arguments]
    environment["PATH"] = ""
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=environment)
    return done.stderr


def main() -> None:
    missing = [package for program, package in PACKAGES.items() if shutil.which(program) is None]
    if missing and can_install():
        with suppress(subprocess.CalledProcessError):  # of which apt tells itself
            install(*missing)
    for program in PACKAGES:
        print(f"{program}: {shutil.which(program) or 'not there; its tests are skipped'}")


if __name__ == "__main__":
    main()
