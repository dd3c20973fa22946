from __future__ import annotations

import base64
from typing import Any

MAX_FIGURES = 100
_SUFFIXES = {"image/svg+xml": "svg", "image/png": "png", "image/jpeg": "jpg"}


class FigureCapture:
    """Keeps a copy of the images that a cell displays, by whatever library."""

    def __init__(self, shell: Any) -> None:
        self._publisher: Any = getattr(shell, "display_pub", None)
        self.figures: list[tuple[str, bytes]] = []
        """File names and contents in the order of display."""

    def start(self) -> None:
        # Only a kernel's publisher has hooks; a terminal shows no images.
        if hasattr(self._publisher, "register_hook"):
            self._publisher.register_hook(self._see)

    def stop(self) -> None:
        if hasattr(self._publisher, "unregister_hook"):
            self._publisher.unregister_hook(self._see)

    def _see(self, message: Any) -> Any:
        content = message.get("content", {}) if message.get("msg_type") == "display_data" else {}
        data = content.get("data", {})
        for mime_type, suffix in _SUFFIXES.items():
            if mime_type in data and len(self.figures) < MAX_FIGURES:
                image = data[mime_type]
                is_text = suffix == "svg"
                raw = image.encode() if is_text and isinstance(image, str) else _decoded(image)
                self.figures.append((f"figure_{len(self.figures) + 1}.{suffix}", raw))
                break
        return message


def _decoded(image: str | bytes) -> bytes:
    return image if isinstance(image, bytes) else base64.b64decode(image)
