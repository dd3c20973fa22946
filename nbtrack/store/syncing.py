"""Bringing files from the system's memory to the disk, so that they outlast a loss of power."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def sync_descriptor(descriptor: int) -> None:
    """Return when what was written to an open file is on the disk.

    Raises
    ------
    OSError
        The disk failed.
    """
    getattr(os, "fdatasync", os.fsync)(descriptor)  # macOS and Windows have only the second


def sync_file(file: Path) -> None:
    """Return when what any process wrote to a file is on the disk; one that is not there has nothing to keep.

    Raises
    ------
    OSError
        The disk failed.
    """
    try:
        descriptor = os.open(file, os.O_RDWR)
    except FileNotFoundError:
        return
    try:
        sync_descriptor(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Return when the files that were made in and removed from a folder are so on the disk, where that can be asked."""
    with suppress(OSError):  # Windows opens no folder, and some network file systems sync none
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
