"""Who wrote a model: HMAC signatures over every file of a model folder.

Unpickling runs code, so a pickle is only opened when this user's own key signed the folder that it lies in.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from enum import Enum
from pathlib import Path

from nbtrack.errors import InvalidInput, MalformedModel, UntrustedModel
from nbtrack.models.key import signing_key

SIGNATURE = ".nbtrack-signature.json"
ALLOW_PICKLE_VARIABLE = "NBTRACK_ALLOW_PICKLE"
_LARGEST_SIGNATURE_BYTES = 64 * 1024 * 1024


class Trust(Enum):
    """What the signature of a folder says."""

    SIGNED = "signed by this user"
    UNSIGNED = "not signed"
    FOREIGN = "signed with another key"
    CHANGED = "changed since it was signed"


def sign(directory: Path, seen: Mapping[str, str] | None = None) -> None:
    """Sign every file of ``directory`` with the user's key.

    Parameters
    ----------
    seen
        The digests of what the user looked at and agreed to.

    Raises
    ------
    UntrustedModel
        The folder is not what was seen any more.
    """
    files = digests_of(directory)
    if seen is not None and files != seen:
        raise UntrustedModel(f"{directory} changed while it was looked at, and is not signed. Look at it again.")
    key = signing_key()
    document = {"version": 1, "key": _fingerprint(key), "files": files, "hmac": _seal(key, files)}
    temporary = directory / f"{SIGNATURE}.{os.getpid()}"
    temporary.write_text(json.dumps(document, indent=0), encoding="utf-8")
    temporary.replace(directory / SIGNATURE)


@contextmanager
def judged_once() -> Iterator[None]:
    """Read each folder only once for all that is asked about its trust in this block, which loads one model."""
    token = _JUDGED.set({})
    try:
        yield
    finally:
        _JUDGED.reset(token)


def trust_of(directory: Path) -> Trust:
    """Return what the signature of ``directory`` says. Nothing of the folder is imported or run."""
    judged = _JUDGED.get()
    if judged is None:
        return _judge(directory)
    if directory not in judged:
        judged[directory] = _judge(directory)
    return judged[directory]


def _judge(directory: Path) -> Trust:
    file = directory / SIGNATURE
    if not file.is_file() or file.is_symlink():
        return Trust.UNSIGNED
    document = _read(file)
    key = signing_key()
    if document.get("key") != _fingerprint(key):
        return Trust.FOREIGN
    files = document.get("files")
    if not isinstance(files, dict) or not hmac.compare_digest(_seal(key, files), str(document.get("hmac"))):
        return Trust.CHANGED
    return Trust.SIGNED if digests_of(directory) == files else Trust.CHANGED


def require_trust(directory: Path, what_runs: str) -> None:
    """Refuse a folder whose code this user has not signed, before any of it runs.

    Parameters
    ----------
    directory
        The model folder.
    what_runs
        What loading would run, for the message: ``"a pickle (model.pkl)"``.

    Raises
    ------
    UntrustedModel
        ``NBTRACK_ALLOW_PICKLE`` is ``never``, or it is ``trusted`` (the default) and the folder is
        unsigned, signed by someone else or changed.
    """
    policy = os.environ.get(ALLOW_PICKLE_VARIABLE, "trusted").strip() or "trusted"
    if policy not in ("never", "trusted", "always"):
        raise InvalidInput(f"{ALLOW_PICKLE_VARIABLE} is {policy!r}: it must be never, trusted or always.")
    if policy == "always":
        return
    if policy == "never":
        raise UntrustedModel(
            f"{directory} holds {what_runs}, and {ALLOW_PICKLE_VARIABLE}=never forbids to load such models."
        )
    found = trust_of(directory)
    if found is not Trust.SIGNED:
        raise UntrustedModel(
            f"{directory} holds {what_runs}, which can run any code when it is loaded, and the folder is "
            f"{found.value}. `nbtrack trust {directory}` shows what it would import and, if you agree, signs it "
            "with your key."
        )


def refuse_changed(directory: Path) -> None:
    """Refuse a folder that this user signed and that is different now, whatever its format.

    Raises
    ------
    UntrustedModel
        A file was changed, added or removed since the folder was signed.
    """
    if trust_of(directory) is Trust.CHANGED:
        raise UntrustedModel(
            f"The files of {directory} are not those that were signed: one was changed, added or removed. "
            f"If that was you, sign it again with `nbtrack trust {directory}`; else fetch the model again."
        )


def _read(file: Path) -> dict[str, object]:
    try:
        with file.open("rb") as stream:
            document = json.loads(stream.read(_LARGEST_SIGNATURE_BYTES))
    except (ValueError, RecursionError):
        return {"key": _fingerprint(signing_key())}
    return document if isinstance(document, dict) else {}


def _seal(key: bytes, files: dict[str, str]) -> str:
    message = json.dumps(files, sort_keys=True, ensure_ascii=True).encode()
    return hmac.new(key, b"nbtrack model 1\n" + message, hashlib.sha256).hexdigest()


def _fingerprint(key: bytes) -> str:
    return hashlib.sha256(b"nbtrack key id\n" + key).hexdigest()[:16]


def files_of(directory: Path) -> list[str]:
    """Return the relative paths of a model folder's files, without its signature.

    Raises
    ------
    MalformedModel
        There is a link, or something that is no file: reading a pipe never ends.
    """
    found, folders = [], [""]
    while folders:
        inside = folders.pop()
        with os.scandir(directory / inside) as entries:
            for entry in entries:
                if entry.is_symlink():
                    raise MalformedModel(f"{entry.path} is a link: a model folder holds its files itself.")
                if entry.is_dir():
                    folders.append(f"{inside}{entry.name}/")
                elif entry.is_file():
                    found.append(f"{inside}{entry.name}")
                else:
                    raise MalformedModel(
                        f"{entry.path} is neither a file nor a folder, and a model folder holds nothing else."
                    )
    return [path for path in found if path != SIGNATURE and not path.startswith(f"{SIGNATURE}.")]


def digests_of(directory: Path) -> dict[str, str]:
    """Return the digest of each file of a model folder: what a signature holds."""
    return {path: _digest(directory / path) for path in files_of(directory)}


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


_JUDGED: ContextVar[dict[Path, Trust] | None] = ContextVar("nbtrack_judged_folders", default=None)
