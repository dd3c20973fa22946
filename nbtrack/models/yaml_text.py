"""YAML that can't hurt: plain values only, no aliases, bounded size and depth."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbtrack.errors import MalformedModel

_LARGEST_BYTES = 16 * 1024 * 1024
_DEEPEST = 64


def read_yaml(path: Path) -> Any:
    """Read a YAML file of a model folder.

    Raises
    ------
    MalformedModel
        It is missing, too large, too deep, no YAML, or uses tags or aliases (how a few lines become gigabytes).
    """
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_BYTES + 1)
    except OSError as error:
        raise MalformedModel(f"{path} can't be read ({error.strerror}): this folder is no complete model.") from None
    if len(content) > _LARGEST_BYTES:
        raise MalformedModel(f"{path} is larger than {_LARGEST_BYTES >> 20} MB, which no model description is.")
    return parse_yaml(content, str(path))


def parse_yaml(content: bytes | str, name: str) -> Any:
    """Parse YAML text; ``name`` is used in messages."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        _check_events(yaml.parse(content, Loader=loader), name)
        return yaml.load(content, Loader=loader)  # noqa: S506 - a safe loader either way
    except (yaml.YAMLError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise MalformedModel(f"{name} is no YAML that a model may hold: {reason}") from None


def write_yaml(path: Path, document: Any) -> None:
    """Write plain values, with no aliases even where a value stands twice."""
    import yaml

    class Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
        def ignore_aliases(self, _value: Any) -> bool:
            return True

    with path.open("w", encoding="utf-8", newline="\n") as file:
        yaml.dump(document, file, Dumper=Dumper, default_flow_style=False, allow_unicode=True)


def _check_events(events: Any, name: str) -> None:
    from yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent

    depth = 0
    for event in events:
        if isinstance(event, AliasEvent):
            raise MalformedModel(f"{name} uses a YAML alias (*{event.anchor}), which a model description never needs.")
        if isinstance(event, CollectionStartEvent):
            depth += 1
            if depth > _DEEPEST:
                raise MalformedModel(f"{name} is nested deeper than {_DEEPEST} levels.")
        elif isinstance(event, CollectionEndEvent):
            depth -= 1
