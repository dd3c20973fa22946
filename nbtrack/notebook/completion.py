"""Completion of the options of magics, and of experiments' names."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from nbtrack.notebook.options import autolog_parser, track_parser

_PARSERS: dict[str, Callable[[], argparse.ArgumentParser]] = {"%%track": track_parser, "%autolog": autolog_parser}
_EXPERIMENT_OPTIONS = ("-e", "--experiment")


def options_for(line: str) -> list[str]:
    """Return what can stand at the end of ``line``, whose last word may have begun."""
    magic, separator, rest = line.lstrip().partition(" ")
    if magic not in _PARSERS or not separator:
        return []
    *before, begun = rest.split(" ")
    wants_experiment = bool(before) and before[-1] in _EXPERIMENT_OPTIONS
    candidates = _experiment_names() if wants_experiment else _options_of(_PARSERS[magic]())
    return [candidate for candidate in candidates if candidate.startswith(begun) and candidate not in before]


def matcher() -> Any:
    """Build what IPython asks for completions."""
    from IPython.core.completer import SimpleCompletion, context_matcher

    def nbtrack_matcher(context: Any) -> dict[str, Any]:
        found = options_for(context.text_until_cursor)
        return {
            "completions": [SimpleCompletion(text=text, type="param") for text in found],
            "suppress": bool(found),
        }

    return context_matcher()(nbtrack_matcher)


def _options_of(parser: argparse.ArgumentParser) -> list[str]:
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
