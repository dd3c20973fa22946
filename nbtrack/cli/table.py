"""Rows laid out in columns for people; who wants to go on with them asks for JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import click

from nbtrack.cli.text import fitted, one_line, width_of

GAP = "  "
MIN_WIDTH = 12
"""No column is cut narrower than this."""


class Column(NamedTuple):
    """A column's heading. Numbers stand at the right, and are never cut: a part of a number is another number."""

    title: str
    is_number: bool = False


class Cell(NamedTuple):
    text: str
    color: str | None = None


def table(columns: Sequence[Column], rows: Sequence[Sequence[str | Cell]], *, width: int | None = None) -> str:
    """Lay rows out below their headings; in ``width`` columns of the terminal, if there are so few."""
    cells = [[_clean(cell) for cell in row] for row in rows]
    heads = [Cell(column.title, "bright_black") for column in columns]
    widths = _widths(columns, [heads, *cells], width)
    return "\n".join(_line(columns, row, widths) for row in [heads, *cells])


def _clean(cell: str | Cell) -> Cell:
    return Cell(one_line(cell)) if isinstance(cell, str) else cell._replace(text=one_line(cell.text))


def _widths(columns: Sequence[Column], rows: Sequence[Sequence[Cell]], limit: int | None) -> list[int]:
    widths = [max(width_of(row[place].text) for row in rows) for place in range(len(columns))]
    if limit is None:
        return widths
    too_much = sum(widths) + len(GAP) * (len(widths) - 1) - limit
    while too_much > 0:
        cuttable = [place for place, column in enumerate(columns) if not column.is_number and widths[place] > MIN_WIDTH]
        if not cuttable:
            break
        widest = max(cuttable, key=lambda place: widths[place])
        widths[widest] -= 1
        too_much -= 1
    return widths


def _line(columns: Sequence[Column], row: Sequence[Cell], widths: Sequence[int]) -> str:
    shown = [_padded(cell, column, width) for cell, column, width in zip(row, columns, widths, strict=True)]
    return GAP.join(shown).rstrip()


def _padded(cell: Cell, column: Column, width: int) -> str:
    text = fitted(cell.text, width)
    space = " " * (width - width_of(text))
    shown = text if cell.color is None else click.style(text, fg=cell.color)
    return space + shown if column.is_number else shown + space
