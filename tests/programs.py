"""Programs that run in a process of their own."""

from __future__ import annotations

import subprocess
import sys
import textwrap

KILLED_WRITER = """
    import os, signal, sys
    from nbtrack.store.artifacts.remote import RemotePlace
    def chunks():
        for n in range(30):
            yield bytes(1_000_000)
        os.kill(os.getpid(), signal.SIGKILL)
    RemotePlace(sys.argv[1], "r").put_stream("large.bin", chunks())
"""
"""Dies in the middle of writing ``large.bin`` to the place behind a URL."""


def run_python(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", textwrap.dedent(program), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=150, check=False)
