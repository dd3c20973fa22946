"""What an evaluation makes beside its metrics: plots and tables, each with a file of its own."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

PNG_DPI = 120


@dataclass(frozen=True)
class Plot:
    """A figure. ``uri`` is set by whoever stores it."""

    name: str
    content: Figure = field(repr=False, compare=False)
    uri: str | None = None

    @property
    def file_name(self) -> str:
        """Relative name of the file that `write` makes."""
        return f"{self.name}.png"

    @cached_property
    def png(self) -> bytes:
        """The figure as a PNG of 120 dots per inch."""
        buffer = io.BytesIO()
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Glyph", UserWarning)  # an emoji becomes a box
            self.content.savefig(buffer, format="png", dpi=PNG_DPI, metadata={"Software": None})
        return buffer.getvalue()

    def to_bytes(self) -> bytes:
        """Return the content of the file."""
        return self.png

    def write(self, directory: Path) -> Path:
        """Write the file into a folder that exists and return its path."""
        path = directory / self.file_name
        path.write_bytes(self.to_bytes())
        return path

    def _repr_png_(self) -> bytes:
        return self.png


@dataclass(frozen=True)
class Table:
    """A table, kept as CSV with a header and no index. ``uri`` is set by whoever stores it."""

    name: str
    content: pd.DataFrame = field(repr=False, compare=False)
    uri: str | None = None

    @property
    def file_name(self) -> str:
        """Relative name of the file that `write` makes."""
        return f"{self.name}.csv"

    def to_bytes(self) -> bytes:
        """Return the content of the file."""
        text: str = self.content.to_csv(index=False, lineterminator="\n")
        return text.encode()

    def write(self, directory: Path) -> Path:
        """Write the file into a folder that exists and return its path."""
        path = directory / self.file_name
        path.write_bytes(self.to_bytes())
        return path

    def _repr_html_(self) -> str:
        return str(self.content.to_html(index=False))


Artifact: TypeAlias = Plot | Table
