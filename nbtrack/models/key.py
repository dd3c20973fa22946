"""The user's own signing key: made at first use, readable by nobody else."""

from __future__ import annotations

import os
import secrets
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from nbtrack.errors import UntrustedModel

KEY_DIR_VARIABLE = "NBTRACK_KEY_DIR"
_KEY_FILE = "model-signing.key"
_KEY_BYTES = 32


def key_directory() -> Path:
    """Return the folder of the key: ``NBTRACK_KEY_DIR``, else the user's data folder."""
    chosen = os.environ.get(KEY_DIR_VARIABLE, "").strip()
    if chosen:
        return Path(chosen).expanduser()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "nbtrack"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "nbtrack"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "nbtrack"


def signing_key() -> bytes:
    """Return the user's key, making it at first use.

    Raises
    ------
    UntrustedModel
        The key file can be read or written by other users, or is no key.
    """
    path = key_directory() / _KEY_FILE
    try:
        return _read(path)
    except FileNotFoundError:
        _create(path)
        return _read(path)


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        key = file.read(_KEY_BYTES + 1)
    if os.name == "posix" and mode & 0o077:
        raise UntrustedModel(f"Other users can read the signing key {path}. Run: chmod 600 {path}")
    if len(key) != _KEY_BYTES:
        raise UntrustedModel(
            f"{path} is no signing key ({len(key)} bytes instead of {_KEY_BYTES}). Delete it to get a new one; "
            "models that were signed with the old one must then be signed again with `nbtrack trust`."
        )
    return key


def _create(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".key-")  # 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(_KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        # A link appears whole or not at all, and of many processes that come here at once exactly one makes it.
        with suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        Path(temporary).unlink()
