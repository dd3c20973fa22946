from __future__ import annotations

from collections.abc import Mapping

from nbtrack.rest.struct import Struct


class Document(Struct, omit_defaults=True):
    """An answer, or a part of one."""


class Nothing(Document):
    """The answer of what is done and has nothing to say: ``{}``."""


class TagDocument(Document):
    """A param or tag."""

    key: str
    value: str


def tag_documents(tags: Mapping[str, str]) -> tuple[TagDocument, ...]:
    return tuple(TagDocument(key=key, value=value) for key, value in tags.items())
