"""What an archive of Keras may hold, looked at before Keras opens it."""

from __future__ import annotations

import stat
from pathlib import Path, PurePosixPath
from typing import Any
from zipfile import ZipFile, ZipInfo

from nbtrack.errors import MalformedModel, MissingPackage

_LARGEST_CONFIG_BYTES = 64 * 1024 * 1024
_LARGEST_RATIO = 200
"""How much smaller than its content a member may be; Keras itself doesn't compress."""
_SMALL_BYTES = 1024 * 1024
_FILES = frozenset({"metadata.json", "config.json", "model.weights.h5", "model.weights.json"})


def check_archive(archive: ZipFile, path: Path) -> None:
    """Refuse an archive that is made to harm who opens it.

    Raises
    ------
    MalformedModel
        A member would be written elsewhere, is there twice, is a link, is something that Keras doesn't write, or is
        vastly larger than the archive; or a file of weights points at other files.
    """
    h5py = hdf5()
    seen: set[str] = set()
    for member in archive.infolist():
        problem = "is there twice" if member.filename in seen else _problem(member)
        if problem:
            raise MalformedModel(f"The archive {path} is not what Keras writes: {member.filename!r} {problem}.")
        seen.add(member.filename)
    for name in seen:
        if name.endswith(".h5"):
            with archive.open(name) as stream, h5py.File(stream, "r") as file:
                refuse_links(file, path)


def refuse_links(file: Any, path: Path) -> None:
    """Refuse an open HDF5 file whose parts lie in other files.

    Raises
    ------
    MalformedModel
        It has such a part.
    """
    h5py = hdf5()
    waiting, seen = [file], set()
    while waiting:
        group = waiting.pop()
        # A group may hold itself, or one be held many times over.
        address = h5py.h5o.get_info(group.id).addr
        if address in seen:
            continue
        seen.add(address)
        for name in group:
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                raise MalformedModel(f"{path} is not what Keras writes: {name!r} is a link.")
            part = group[name]
            if isinstance(part, h5py.Group):
                waiting.append(part)
            elif isinstance(part, h5py.Dataset) and (part.external or part.is_virtual):
                raise MalformedModel(f"{path} is not what Keras writes: the numbers of {name!r} lie in another file.")


def hdf5() -> Any:
    """Return what reads HDF5: Keras brings it, but who only looks at a model may not have Keras.

    Raises
    ------
    MissingPackage
        It is not installed.
    """
    try:
        import h5py
    except ModuleNotFoundError as error:
        raise MissingPackage("h5py", "Looking into a model of Keras", "h5py") from error
    return h5py


def _problem(member: ZipInfo) -> str | None:
    parts = PurePosixPath(member.filename).parts
    if "\\" in member.filename or ".." in parts or member.filename.startswith("/") or ":" in parts[0]:
        return "leads out of it"
    if stat.S_ISLNK(member.external_attr >> 16):
        return "is a link"
    if parts[0] != "assets" and not member.filename.endswith(".h5") and member.filename not in _FILES:
        return "is none of its files"
    if member.filename == "config.json" and member.file_size > _LARGEST_CONFIG_BYTES:
        return f"has {member.file_size:,} bytes"
    if member.file_size > max(_SMALL_BYTES, _LARGEST_RATIO * member.compress_size):
        return f"has {member.file_size:,} bytes, packed into {member.compress_size:,}"
    return None
