"""What the commands that copy runs have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from nbtrack.cli.output import print_json
from nbtrack.cli.text import printable

if TYPE_CHECKING:
    from nbtrack.transfer import Report


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show on a terminal how far something is; the function that is given is told how many of how many runs."""
    from tqdm import tqdm

    # On stderr, and only where that is a terminal.
    with tqdm(desc=what, unit="run", disable=None, leave=False) as bar:

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield show


def tell(context: click.Context, report: Report, *, as_json: bool) -> None:
    """Say what was copied, and leave with 1 if something was left out."""
    if as_json:
        print_json(report.document())
    else:
        click.echo("\n".join(printable(line) for line in str(report).split("\n")))
    if not report.is_complete:
        context.exit(1)
