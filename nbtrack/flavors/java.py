"""Java, which H2O and Spark run on."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from nbtrack.errors import MissingProgram

_HOMES = ("JAVA_HOME", "H2O_JAVA_HOME")


def require_java(purpose: str) -> None:
    """Say what to install where there is no Java, before a framework fails for it with a page of its own.

    Parameters
    ----------
    purpose
        Who needs it, for the message: ``"H2O"``.

    Raises
    ------
    MissingProgram
        It is neither on the ``PATH`` nor in the folder that ``JAVA_HOME`` names.
    """
    homes = (Path(home) / "bin" for name in _HOMES if (home := os.environ.get(name)))
    if shutil.which("java") is None and not any(shutil.which("java", path=str(folder)) for folder in homes):
        raise MissingProgram(
            "Java", purpose, "Install Java 17 (Debian: apt-get install openjdk-17-jre-headless), or set JAVA_HOME."
        )
