from __future__ import annotations

from typing import NamedTuple


class Param(NamedTuple):
    """A param by itself, as MLflow's clients pass it; nbtrack's calls take mappings too."""

    key: str
    value: str


class RunTag(NamedTuple):
    """A tag by itself, as MLflow's clients pass it; nbtrack's calls take mappings too."""

    key: str
    value: str
