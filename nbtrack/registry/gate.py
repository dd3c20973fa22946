"""What must have been measured of a model before it is promoted."""

from __future__ import annotations

import difflib
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from nbtrack.entities import format_number
from nbtrack.errors import InvalidFilter
from nbtrack.store.filters import MEASURED_FIELDS, And, Comparison, Filter, Statistic, parse_filter

_EXAMPLE = "accuracy >= 0.9 and f1 > 0.8"
_HOLDS: Mapping[str, Callable[[float, float], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_MOST_NAMED = 8


@dataclass(frozen=True)
class Measured:
    """A metric's value, the run that measured it, and the name of the data, where that is known."""

    value: float
    run_id: str
    dataset: str | None = None


@dataclass(frozen=True)
class Finding:
    """One requirement beside what was found. Nothing measured: no value, and it is not met.

    It holds whatever kind of requirement it is of; ``detail`` says more in words.
    """

    requirement: str
    is_met: bool
    value: float | None = None
    run_id: str | None = None
    dataset: str | None = None
    detail: str = ""

    def __str__(self) -> str:
        found = self.detail if self.value is None else f"found {format_number(self.value)}"
        on = "" if self.dataset is None else f" on {self.dataset}"
        return f"{self.requirement}: {found}{on}{'' if self.is_met else ' (not met)'}"


@dataclass(frozen=True)
class Threshold:
    """A bound on one metric."""

    metric: str
    operator: str
    bound: float

    def __str__(self) -> str:
        return f"{self.metric} {self.operator} {self.bound}"

    def judge(self, measured: Mapping[str, Measured]) -> Finding:
        """Compare with what was measured, by the metric's name."""
        found = measured.get(self.metric)
        if found is None:
            return Finding(str(self), is_met=False, detail=_not_measured(self.metric, measured))
        is_met = _HOLDS[self.operator](found.value, self.bound)
        return Finding(str(self), is_met, found.value, found.run_id, found.dataset)


def parse_thresholds(text: str) -> Sequence[Threshold]:
    """Parse thresholds such as ``accuracy >= 0.9 and f1 > 0.8``: a filter on metrics whose parts are joined by ``and``.

    Raises
    ------
    InvalidFilter
        It is something else.
    """
    thresholds = list(_thresholds(text, parse_filter(text, MEASURED_FIELDS)))
    if not thresholds:
        raise InvalidFilter(text, f"This requires nothing. Name thresholds, such as {_EXAMPLE}.")
    return thresholds


def _thresholds(text: str, found: Filter) -> Iterator[Threshold]:
    if isinstance(found, And):
        for term in found.terms:
            yield from _thresholds(text, term)
        return
    if isinstance(found, Comparison) and found.field.statistic is Statistic.LAST and not isinstance(found.value, str):
        yield Threshold(found.field.key, found.operator, found.value)
        return
    raise InvalidFilter(text, f"Thresholds compare metrics with numbers, joined by and: {_EXAMPLE}.")


def _not_measured(metric: str, measured: Mapping[str, Measured]) -> str:
    if not measured:
        return "nothing was measured; nbtrack.evaluate() does"
    close = difflib.get_close_matches(metric, measured, n=1)
    names = close or sorted(measured)[:_MOST_NAMED]
    rest = "" if close or len(measured) <= _MOST_NAMED else ", ..."
    return f"not measured; {'did you mean' if close else 'there is'} {', '.join(names)}{rest}{'?' * bool(close)}"
