"""What frameworks need beside Python, and machines that lack it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

needs_java = pytest.mark.skipif(
    shutil.which("java") is None, reason="There is no Java here (Debian: apt-get install openjdk-17-jre-headless)."
)


def without_java(program: str, *arguments: str) -> str:
    """Run a program of Python where there is no Java, and return what it writes to its error stream."""
    environment = {name: value for name, value in os.environ.items() if not name.endswith("JAVA_HOME")}
    command = [sys.executable, "-W", "ignore", "-c", program, *arguments]
    environment["PATH"] = ""
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=environment)
    return done.stderr
