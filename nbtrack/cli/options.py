"""Options that many commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import click

from nbtrack.tracking import set_tracking_uri

Decorated = TypeVar("Decorated", bound=Callable[..., object])
_CHOSEN = "nbtrack.store"
STORE_HELP = "Tracking URI of the store; by default NBTRACK_TRACKING_URI, or the nearest .nbtrack/ upward."


def store_option(command: Decorated) -> Decorated:
    """Let a command take ``--store`` too, behind its name; it is chosen for the whole process."""
    option = click.option(
        "-s", "--store", metavar="URI", expose_value=False, is_eager=True, callback=choose_store, help=STORE_HELP
    )
    return option(command)


def json_option(command: Decorated) -> Decorated:
    """Give a command the argument ``as_json``."""
    return click.option("--json", "as_json", is_flag=True, help="Answer in JSON, in full.")(command)


def yes_option(command: Decorated) -> Decorated:
    """Give a command the argument ``yes``."""
    return click.option("-y", "--yes", is_flag=True, help="Don't ask.")(command)


def choose_store(context: click.Context, _parameter: click.Parameter, uri: str | None) -> None:
    if uri is None:
        return
    context.meta[_CHOSEN] = uri
    if not context.resilient_parsing:
        set_tracking_uri(uri)


def chosen_store(context: click.Context) -> str | None:
    """Return the store that a line, which may not be complete yet, names."""
    return context.meta.get(_CHOSEN)
