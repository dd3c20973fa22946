"""The fsspec file systems behind URLs, one a process and place."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from nbtrack.errors import NbtrackError, StoreUnavailable
from nbtrack.store.artifacts.schemes import scheme_of

_opened: dict[tuple[object, ...], tuple[Any, str]] = {}
_quiet = logging.NullHandler()


def filesystem_at(url: str) -> tuple[Any, str]:
    """Return the file system of a URL, and what it calls the place there."""
    options = scheme_of(url).options()
    # After a fork another one is needed: connections, and the thread that serves them, stay with the parent.
    key = (os.getpid(), url, repr(options))
    found = _opened.get(key)
    if found is None:
        found = _opened.setdefault(key, _open(url, **options))
    return found


def _open(url: str, **options: Any) -> tuple[Any, str]:
    from fsspec.core import url_to_fs

    for name in scheme_of(url).loggers:
        # Else warnings and tracebacks would be printed where nobody set up logging; who did sees them still.
        logging.getLogger(name).addHandler(_quiet)
    # Others write there too: what was listed a minute ago is not what is there now.
    filesystem, path = url_to_fs(url, use_listings_cache=False, **options)
    return filesystem, str(path)


@contextmanager
def explaining(what: str, url: str) -> Iterator[None]:
    """Turn whatever an SDK raises into StoreUnavailable: ``what`` can't be done at ``url``."""
    try:
        yield
    except NbtrackError:
        raise
    except Exception as error:  # every SDK has errors of its own
        first_line = (str(error).strip() or type(error).__name__).splitlines()[0]
        # gcsfs says no more than the address of what is missing.
        what_failed = f"not found: {first_line}" if isinstance(error, FileNotFoundError) else first_line
        # The query of a URL may be its signature.
        reason = re.sub(r"\?\S+", "?...", what_failed).rstrip(".")
        raise StoreUnavailable(
            f"{what} at {url}: {reason}. Check that it is there, and that your credentials are "
            f"where {scheme_of(url).credentials}."
        ) from error
