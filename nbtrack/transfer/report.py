from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from nbtrack.errors import NbtrackError, StoreUnavailable

SHOWN_ITEMS = 20
"""Items that the text names; JSON names them all."""


@dataclass(frozen=True)
class Item:
    """Something that did not come, or came otherwise than it was: what, and why or how."""

    kind: str
    name: str
    reason: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}: {self.reason}"


@dataclass
class Report:
    """What a transfer brought, counted by kind ("run", "point", "artifact", ...)."""

    source: str
    destination: str = ""
    is_dry_run: bool = False
    came: Counter[str] = field(default_factory=Counter)
    already_here: Counter[str] = field(default_factory=Counter)
    left_out: list[Item] = field(default_factory=list)
    notes: list[Item] = field(default_factory=list)
    remarks: int = 0
    """Grows whenever something is left out or noted, whether or not it was told before."""
    _told: set[Item] = field(default_factory=set, repr=False)

    @property
    def is_complete(self) -> bool:
        return not self.left_out

    def count(self, kind: str, *, is_new: bool) -> None:
        (self.came if is_new else self.already_here)[kind] += 1

    def leave_out(self, kind: str, name: str, reason: object) -> None:
        self.remarks += 1
        item = Item(kind, name, str(reason))
        if item not in self._told:  # a source may look at a thing twice
            self._told.add(item)
            self.left_out.append(item)

    def note(self, kind: str, name: str, text: str) -> None:
        self.remarks += 1
        self.notes.append(Item(kind, name, text))

    def document(self) -> dict[str, Any]:
        """Return it as plain values for JSON."""
        return {
            "source": self.source,
            "destination": self.destination,
            "dry_run": self.is_dry_run,
            "came": dict(self.came),
            "already_here": dict(self.already_here),
            "left_out": [vars(item) for item in self.left_out],
            "notes": [vars(item) for item in self.notes],
        }

    def __str__(self) -> str:
        verb = "Would copy" if self.is_dry_run else "Copied"
        lines = [f"{verb} {_amounts(self.came) or 'nothing'} from {self.source} to {self.destination}."]
        if self.already_here:
            lines.append(f"Already there: {_amounts(self.already_here)}.")
        lines += _listed("Left out", self.left_out) + _listed("Note", self.notes)
        return "\n".join(lines)


@contextmanager
def reporting(report: Report, kind: str, name: str) -> Iterator[None]:
    """Let one thing that can't be read or kept be left out, and the others come."""
    try:
        yield
    except StoreUnavailable:
        raise
    except (NbtrackError, OSError) as error:
        report.leave_out(kind, name, error)


def _amounts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {kind}{'' if count == 1 else 's'}" for kind, count in counts.items() if count)


def _listed(title: str, items: list[Item]) -> list[str]:
    if not items:
        return []
    more = [f"  ... and {len(items) - SHOWN_ITEMS:,} more; --json names them all"] if len(items) > SHOWN_ITEMS else []
    return [f"{title} ({len(items):,}):", *(f"  {item}" for item in items[:SHOWN_ITEMS]), *more]
