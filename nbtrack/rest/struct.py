"""The kind of class that requests and answers are."""

from __future__ import annotations

from typing import Any

import msgspec
from typing_extensions import dataclass_transform


class _StructMeta(msgspec.StructMeta):
    """Passes on to subclasses that fields are keywords; msgspec asks for it in every class."""

    def __new__(mcs, *args: Any, **options: Any) -> Any:
        return super().__new__(mcs, *args, **{"frozen": True, "kw_only": True, "gc": False, **options})


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Struct(msgspec.Struct, metaclass=_StructMeta, frozen=True):
    """A frozen value whose fields are given by name."""
