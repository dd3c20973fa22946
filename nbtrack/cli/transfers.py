"""What the commands that copy runs have in common."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Protocol

import click

from nbtrack.cli.opening import is_there, open_store
from nbtrack.cli.output import print_json
from nbtrack.cli.text import printable
from nbtrack.settings import redact
from nbtrack.tracking import get_tracking_uri

if TYPE_CHECKING:
    from nbtrack.transfer import OnProgress, OpenStore, Report


recheck_option = click.option(
    "--recheck",
    is_flag=True,
    help="Compare also runs that came before and look the same at the source since. A server does not show of a run "
    "that has ended when it gets files, or points before its last step.",
)


class Transfer(Protocol):
    """Copies into a store, which it opens when its source has proved to be readable."""

    def __call__(self, store: OpenStore, /, *, is_dry_run: bool, on_progress: OnProgress) -> Report: ...


@contextmanager
def progress(what: str) -> Iterator[OnProgress]:
    """Show on a terminal how far something is; the function that is given is told how many of how many runs."""
    from tqdm import tqdm

    # On stderr, and only where that is a terminal.
    with tqdm(desc=what, unit="run", disable=None, leave=False) as bar:

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield show


def bring(context: click.Context, what: str, transfer: Transfer, *, is_dry_run: bool, as_json: bool) -> None:
    """Copy runs into the open store, showing how far that is, and tell what came."""
    with _destination(is_dry_run=is_dry_run) as open_destination, progress(what) as on_progress:
        report = transfer(open_destination, is_dry_run=is_dry_run, on_progress=on_progress)
    report.destination = redact(get_tracking_uri())
    tell(context, report, as_json=as_json)


def tell(context: click.Context, report: Report, *, as_json: bool) -> None:
    """Say what was copied, and leave with 1 if something was left out."""
    if as_json:
        print_json(report.document())
    else:
        click.echo("\n".join(printable(line) for line in str(report).split("\n")))
    if not report.is_complete:
        context.exit(1)


@contextmanager
def _destination(*, is_dry_run: bool) -> Iterator[OpenStore]:
    """Give a way to open the store that runs come into. A dry run makes none: where none is, an empty one stands in."""
    if not is_dry_run or is_there(get_tracking_uri()):
        yield partial(open_store, may_create=True)
        return
    from nbtrack.store import open_store as open_store_at

    with tempfile.TemporaryDirectory(prefix="nbtrack-") as folder, closing(open_store_at(folder)) as store:
        yield lambda: store
