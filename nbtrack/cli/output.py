"""The one way in which commands answer: a table or lines for people, JSON for programs."""

from __future__ import annotations

import json
import math
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import click

from nbtrack.cli.table import Cell, Column, table
from nbtrack.cli.text import one_line, printable, printable_json, width_of
from nbtrack.entities import json_number

COLORS = {"RUNNING": "cyan", "FINISHED": "green", "FAILED": "red", "KILLED": "yellow", "deleted": "bright_black"}


def print_json(document: Mapping[str, Any]) -> None:
    """Print one JSON object: numbers exact, NaN and the infinities as text, as MLflow's REST API writes them."""
    click.echo(printable_json(json.dumps(_exact(document), ensure_ascii=False, indent=2, allow_nan=False)))


def print_table(columns: Sequence[Column | str], rows: Sequence[Sequence[str | Cell]]) -> None:
    """Print rows below their headings, cut to the width of the terminal, if it goes to one."""
    headed = [Column(column) if isinstance(column, str) else column for column in columns]
    click.echo(table(headed, rows, width=terminal_width()))


def print_pairs(pairs: Mapping[str, str | Cell]) -> None:
    """Print what is known of one thing, a line each."""
    names = [one_line(name) for name in pairs]
    width = max(map(width_of, names), default=0)
    for name, value in zip(names, pairs.values(), strict=True):
        cell = Cell(value) if isinstance(value, str) else value
        # A value of several lines, a param for example, stays below its beginning.
        text = ("\n" + " " * (width + 2)).join(printable(line) for line in cell.text.splitlines() or [""])
        space = " " * (width - width_of(name) + 2)
        click.echo(name + space + (click.style(text, fg=cell.color) if cell.color else text))


def print_heading(title: str) -> None:
    """Print what heads a block, after an empty line."""
    click.echo("\n" + click.style(title, bold=True))


def confirm(question: str) -> None:
    """Ask, where the answer does not get among what is printed; leave the command if the user says no."""
    click.confirm(question, abort=True, err=True)


def status_cell(status: str) -> Cell:
    return Cell(status.lower(), COLORS.get(status))


def terminal_width() -> int | None:
    """Return how wide the terminal is that is written to; None where it is a pipe or a file."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def wants_color() -> bool | None:
    """Tell whether the user refused colours (https://no-color.org); None leaves it to what is written to."""
    return False if os.environ.get("NO_COLOR") else None


def _exact(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return json_number(value)
    if isinstance(value, Mapping):
        return {str(key): _exact(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_exact(item) for item in value]
    return value
