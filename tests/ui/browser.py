"""Finding a Chromium for the browser tests; on Debian, as root, installing it.

python -m tests.ui.browser
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from tests.debian import can_install, install

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
HINT = (
    "The browser tests need Chromium or Chrome: install one (Debian: apt-get install chromium) or set NBTRACK_CHROME."
)


def find_browser() -> str | None:
    chosen = os.environ.get("NBTRACK_CHROME")
    found = chosen or next((path for name in NAMES if (path := shutil.which(name))), None)
    return found or (str(MAC) if MAC.exists() else None)


def main() -> None:
    if find_browser() is None and can_install():
        install("chromium", "fonts-dejavu-core")
    found = find_browser()
    if found is None:
        sys.exit(HINT)
    print(f"Browser: {found}")


if __name__ == "__main__":
    main()
