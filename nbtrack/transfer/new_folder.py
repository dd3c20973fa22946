from __future__ import annotations

import shutil
from pathlib import Path

from nbtrack.errors import AlreadyExists


class NewFolder:
    """A folder that appears under its name when it is whole; until then it is being made at ``partial``."""

    def __init__(self, folder: Path) -> None:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise AlreadyExists(f"{folder} is there already. Choose another name, or delete it.")
        self.final = folder.absolute()
        self.partial = self.final.with_name(f".{folder.name}.partial")
        shutil.rmtree(self.partial, ignore_errors=True)
        self.partial.mkdir(mode=0o700, parents=True)

    def finish(self) -> None:
        if self.final.exists():
            self.final.rmdir()  # it was empty
        self.partial.replace(self.final)

    def discard(self) -> None:
        """Remove what is not finished."""
        shutil.rmtree(self.partial, ignore_errors=True)
