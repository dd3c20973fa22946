"""Completion of the options of magics, of experiments' names, and of filters."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import Any

from nbtrack.notebook.options import autolog_parser, track_parser

_PARSERS: dict[str, Callable[[], argparse.ArgumentParser]] = {"%%track": track_parser, "%autolog": autolog_parser}
_EXPERIMENT_OPTIONS = ("-e", "--experiment")


def completions_for(line: str) -> tuple[str, Sequence[str]]:
    """Return what was begun at the end of ``line``, and what can stand in its place."""
    magic, separator, rest = line.lstrip().partition(" ")
    if not separator:
        return "", []
    if magic == "%runs":
        return _of_filter(rest)
    if magic in _PARSERS:
        return _of_options(_PARSERS[magic](), rest)
    return "", []


def matcher() -> Any:
    """Build what IPython asks for completions."""
    from IPython.core.completer import SimpleCompletion, context_matcher

    def nbtrack_matcher(context: Any) -> dict[str, Any]:
        begun, found = completions_for(context.text_until_cursor)
        return {
            "completions": [SimpleCompletion(text=text, type="param") for text in found],
            "suppress": bool(found),
            "matched_fragment": begun,
        }

    return context_matcher()(nbtrack_matcher)


def _of_options(parser: argparse.ArgumentParser, rest: str) -> tuple[str, Sequence[str]]:
    *before, begun = rest.split(" ")
    wants_experiment = bool(before) and before[-1] in _EXPERIMENT_OPTIONS
    candidates = _experiment_names() if wants_experiment else _names_in(parser)
    return begun, [name for name in candidates if name.startswith(begun) and name not in before]


def _names_in(parser: argparse.ArgumentParser) -> list[str]:
    actions = parser._actions  # noqa: SLF001 argparse has no public list of them
    words = [str(choice) for action in actions if not action.option_strings for choice in action.choices or ()]
    return words + [name for action in actions for name in action.option_strings if name.startswith("--")]


def _experiment_names() -> list[str]:
    from nbtrack.errors import NbtrackError
    from nbtrack.tracking import search_experiments
    from nbtrack.tracking.workspace import is_store_open

    if not is_store_open():
        return []  # pressing Tab makes no store
    try:
        names = [experiment.name for experiment in search_experiments()]
    except NbtrackError:
        return []
    return [name if name.replace("-", "").isidentifier() else f'"{name}"' for name in names]


def _of_filter(written: str) -> tuple[str, Sequence[str]]:
    from nbtrack.errors import NbtrackError
    from nbtrack.store import complete_filter
    from nbtrack.tracking import current_store
    from nbtrack.tracking.workspace import is_store_open

    if not is_store_open():
        return "", []
    try:
        found = complete_filter(written, current_store().runs)
    except NbtrackError:
        return "", []
    return written[found.start :], [option.text for option in found.options]
