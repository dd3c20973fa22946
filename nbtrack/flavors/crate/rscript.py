"""Running R in a process of its own, which ends when it is told to."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

from nbtrack.errors import MissingProgram, ModelError

_SCRIPT = Path(__file__).with_name("crate.R")
_LARGEST_WORDS = 2000


class RFailed(ModelError):
    """R ended with an error; the text is what it said."""


def run_r(command: str, *paths: Path, folder: Path, timeout_s: float) -> None:
    """Let R ``make``, ``pack``, ``check`` or ``call`` a crate.

    Parameters
    ----------
    folder
        Where it works, and may leave what it likes.
    timeout_s
        How long it may take; then it is ended, and what it started with it.

    Raises
    ------
    MissingProgram
        There is no R.
    RFailed
        It failed, or took too long.
    """
    program = shutil.which("Rscript")
    if program is None:
        raise MissingProgram(
            "Rscript", "A crate, which is a function of R,", "Install R (Debian: apt-get install r-base-core)."
        )
    # One locale on every machine: else text sorts, and reads, otherwise on each.
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    arguments = [program, "--no-save", "--no-restore", str(_SCRIPT), command, *map(str, paths)]
    with (folder / "stderr").open("wb") as words:
        process = subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=words,
            cwd=folder,
            env=environment,
            start_new_session=True,
        )
        try:
            process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise RFailed(f"it took longer than {timeout_s:g} s and was ended") from None
        finally:
            _end(process)
    if process.returncode != 0:
        raise RFailed(_reason(folder, process.returncode))


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process that still runs, with what it started."""
    if process.poll() is not None:
        return
    if hasattr(os, "killpg"):
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()


def _reason(folder: Path, code: int) -> str:
    """Return, in one line, the error that the script caught, or the last that R said before it broke down."""
    caught, words = folder / "error", folder / "stderr"
    content = caught.read_bytes() if caught.is_file() else words.read_bytes()[-_LARGEST_WORDS:]
    text = " ".join(content.decode("utf-8", "replace").split())
    return text[:_LARGEST_WORDS] or f"it ended with code {code}"
