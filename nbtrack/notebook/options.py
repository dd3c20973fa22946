"""Options of ``%%track``."""

from __future__ import annotations

import argparse
import functools
import shlex
from dataclasses import dataclass, field
from typing import Any, NoReturn

from nbtrack.autolog.integrations import framework_names
from nbtrack.errors import InvalidInput


@dataclass(frozen=True)
class TrackOptions:
    """What ``%%track`` was asked to do. None of ``params`` and ``metrics`` means: find them."""

    name: str | None = None
    experiment: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    params: tuple[str, ...] | None = None
    metrics: tuple[str, ...] | None = None
    log_models: bool = True
    log_figures: bool = True
    log_datasets: bool = True
    log_output: bool = True
    log_system_metrics: bool | None = None


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise InvalidInput(message)


class HelpWanted(Exception):
    """The user asked for help; the text is its argument."""


class _Help(argparse.Action):
    def __init__(self, **options: Any) -> None:
        super().__init__(nargs=0, **options)

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> NoReturn:
        raise HelpWanted(parser.format_help())


@functools.cache
def track_parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="%%track",
        description="Run the cell as a run: capture its params, metrics, models, figures, data and output.",
        epilog="A name that starts with an underscore is left alone. nbtrack.log_*() in the cell goes to its run.",
        add_help=False,
        allow_abbrev=False,
    )
    parser.add_argument("name", nargs="?", metavar="NAME", help="name of the run; a random one by default")
    parser.add_argument("-e", "--experiment", metavar="NAME", help="experiment of the run, made if there is none")
    parser.add_argument("-t", "--tag", metavar="KEY=VALUE", action="append", default=[], help="tag; can be repeated")
    parser.add_argument("-p", "--params", metavar="NAMES", help="variables that are params, with commas; no others")
    parser.add_argument("-m", "--metrics", metavar="NAMES", help="variables that are metrics, with commas; no others")
    parser.add_argument("--no-models", action="store_true", help="don't save models")
    parser.add_argument("--no-figures", action="store_true", help="don't keep the figures shown")
    parser.add_argument("--no-datasets", action="store_true", help="don't describe the data used")
    parser.add_argument("--no-output", action="store_true", help="don't keep the printed output")
    parser.add_argument("--system-metrics", action="store_true", help="log CPU, memory, disk, network and GPUs")
    parser.add_argument("-h", "--help", action=_Help, help="show this and don't run the cell")
    return parser


def autolog_parser() -> argparse.ArgumentParser:
    parser = line_parser("%autolog", "Make a run of every outermost fit: of all frameworks, or of those named.")
    choices = ["on", "off", *sorted(framework_names())]
    parser.add_argument(
        "words", nargs="*", choices=choices, default="on", metavar="on|off|FRAMEWORK", help="default: on"
    )
    parser.add_argument("--no-models", action="store_true", help="don't save models")
    parser.add_argument("--no-datasets", action="store_true", help="don't describe the data used")
    parser.add_argument("--no-training-metrics", action="store_true", help="don't score models on their training data")
    return parser


def line_parser(prog: str, description: str) -> argparse.ArgumentParser:
    parser = _Parser(prog=prog, description=description, add_help=False, allow_abbrev=False)
    parser.add_argument("-h", "--help", action=_Help, help="show this")
    return parser


def words_of(line: str) -> list[str]:
    """Split a line of options as a shell would.

    Raises
    ------
    InvalidInput
        A quotation is not closed.
    """
    try:
        return shlex.split(line)
    except ValueError as error:
        raise InvalidInput(f"{error}; close the quotation") from None


def parse_track_options(line: str) -> TrackOptions:
    """Parse what stands behind ``%%track``.

    Raises
    ------
    InvalidInput
        One line that says what is wrong.
    HelpWanted
        The user asked for help.
    """
    given = track_parser().parse_args(words_of(line))
    return TrackOptions(
        name=given.name,
        experiment=given.experiment,
        tags=dict(_tag(text) for text in given.tag),
        params=_names(given.params, "-p"),
        metrics=_names(given.metrics, "-m"),
        log_models=not given.no_models,
        log_figures=not given.no_figures,
        log_datasets=not given.no_datasets,
        log_output=not given.no_output,
        log_system_metrics=given.system_metrics or None,
    )


def _tag(text: str) -> tuple[str, str]:
    key, separator, value = text.partition("=")
    if not separator or not key:
        raise InvalidInput(f"a tag is KEY=VALUE, not {text!r}")
    return key, value


def _names(text: str | None, option: str) -> tuple[str, ...] | None:
    if text is None:
        return None
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    wrong = next((name for name in names if not name.isidentifier()), None)
    if wrong is not None or not names:
        raise InvalidInput(f"{option} takes names of variables with commas between them, not {text!r}")
    return names
