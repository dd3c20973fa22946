from __future__ import annotations

import traceback

MAX_LINE = 2_000


def error_line(error: BaseException) -> str:
    """Return what a traceback says last, as text that every store keeps."""
    try:
        text = "".join(traceback.format_exception_only(error)).strip()
    except Exception:  # noqa: BLE001 the user's own __str__ failed
        text = type(error).__name__
    return storable(text)[:MAX_LINE]


def storable(text: str) -> str:
    """Replace what databases can't keep: NUL and halves of surrogate pairs."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\\0")
