"""The scoring server as a user starts it, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO


@dataclass(frozen=True)
class ScoringServer:
    """``nbtrack models serve``, which answers at ``url``."""

    url: str
    process: subprocess.Popen[str]
    stdout: IO[str]


@contextmanager
def serving_folder(folder: Path) -> Iterator[ScoringServer]:
    """Give the server of a saved model."""
    command = [sys.executable, "-m", "nbtrack", "models", "serve", "--model", str(folder), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            # Some frameworks have a word to say before.
            line = next(line for line in process.stdout if line.startswith("Serving "))
            yield ScoringServer(line.partition(" at ")[2].partition(" ")[0], process, process.stdout)
        finally:
            process.kill()
