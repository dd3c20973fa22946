from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from pickle import UnpicklingError
from zipfile import BadZipFile

from nbtrack.errors import MalformedModel

_DAMAGED = (RuntimeError, UnpicklingError, EOFError, BadZipFile, ValueError, KeyError, IndexError, AssertionError)


@contextmanager
def refusing_damage(path: Path) -> Iterator[None]:
    """Turn what PyTorch raises at a file that is no whole model, or whose class is not there, into one clear error."""
    try:
        yield
    except (ImportError, AttributeError) as error:
        raise MalformedModel(
            f"{path} needs a class that can't be imported here: {error}. Install what brings it, or put its file "
            "where Python finds it."
        ) from error
    except _DAMAGED as error:
        reason = str(error).strip().splitlines()
        raise MalformedModel(f"{path} is no whole model of PyTorch: {reason[0] if reason else error!r}") from error
