"""YAML that can't hurt: plain values only, bounded size and depth, aliases followed."""

from __future__ import annotations

from dataclasses import dataclass
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
        It is missing, too large or too deep (which a few lines of aliases can be), no YAML, or uses tags.
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


@dataclass
class _Part:
    """How many characters a value has, and how deep it is, once the aliases in it are followed."""

    anchor: str | None = None
    size: int = 1
    height: int = 0

    def add(self, inner: _Part) -> None:
        self.size += inner.size
        self.height = max(self.height, inner.height + 1)


def _check_events(events: Any, name: str) -> None:
    from yaml.events import CollectionStartEvent

    anchored: dict[str, _Part] = {}
    around = [_Part()]
    for event in events:
        height = 0
        if isinstance(event, CollectionStartEvent):
            around.append(_Part(event.anchor))
        elif (part := _closed(event, around, anchored, name)) is not None:
            around[-1].add(part)
            height = part.height
        if len(around) - 1 + height > _DEEPEST:
            raise MalformedModel(f"{name} is nested deeper than {_DEEPEST} levels.")
        if around[-1].size > _LARGEST_BYTES:
            raise MalformedModel(f"{name} is larger than {_LARGEST_BYTES >> 20} MB once its aliases are followed.")


def _closed(event: Any, around: list[_Part], anchored: dict[str, _Part], name: str) -> _Part | None:
    """Return the value that ends with an event, if one does, and remember those that an alias can repeat."""
    from yaml.events import AliasEvent, CollectionEndEvent, ScalarEvent

    if isinstance(event, AliasEvent):
        if event.anchor not in anchored:
            raise MalformedModel(f"{name} has a YAML alias (*{event.anchor}) of nothing that stands before it.")
        return anchored[event.anchor]
    if isinstance(event, CollectionEndEvent):
        part = around.pop()
    elif isinstance(event, ScalarEvent):
        part = _Part(event.anchor, len(event.value) + 1)
    else:
        return None
    if part.anchor is not None:
        anchored[part.anchor] = part
    return part
