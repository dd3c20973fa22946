"""Commands that are imported when they are called, so that one command does not pay for the others."""

from __future__ import annotations

import errno
import importlib
from collections.abc import Mapping
from typing import Any

import click

from nbtrack.cli.text import printable
from nbtrack.errors import NbtrackError


class LazyGroup(click.Group):
    """A group whose commands are places in modules: ``{"runs": "nbtrack.cli.runs:runs"}``.

    The user's mistakes and what the machine refuses are one message without a traceback, and exit code 1.
    """

    def __init__(self, *arguments: Any, places: Mapping[str, str], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._places = places

    def list_commands(self, context: click.Context) -> list[str]:  # noqa: ARG002 click's signature
        return sorted(self._places)

    def get_command(self, context: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 click's signature
        place = self._places.get(cmd_name)
        if place is None:
            return None
        module, _, attribute = place.partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except NbtrackError as error:
            message = str(error)
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise  # click ends quietly: `nbtrack runs list | head` is no mistake
            message = str(error)
        click.echo("Error: " + "\n".join(printable(line) for line in message.split("\n")), err=True)
        raise click.exceptions.Exit(1)
