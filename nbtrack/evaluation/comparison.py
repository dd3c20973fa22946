"""Runs side by side: which params and metrics differ."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from nbtrack.entities import format_number
from nbtrack.errors import EvaluationError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

Value: TypeAlias = str | float


@dataclass(frozen=True)
class ComparedRun:
    """What is compared of a run. ``name`` heads its column."""

    name: str
    params: Mapping[str, str]
    metrics: Mapping[str, float]


@dataclass(frozen=True)
class ComparedRow:
    """One param or metric: a value for each run in order, None where a run has none."""

    key: str
    values: tuple[Value | None, ...]
    differs: bool

    def shown(self) -> tuple[str, ...]:
        """Return the values as people read them, "-" where a run has none."""
        return tuple(_shown(value) for value in self.values)


@dataclass(frozen=True)
class Comparison:
    """Params and metrics of several runs; rows that differ come first, then by key."""

    runs: tuple[str, ...]
    params: tuple[ComparedRow, ...]
    metrics: tuple[ComparedRow, ...]

    def frame(self) -> pd.DataFrame:
        """One row for each param and metric, one column for each run."""
        import pandas as pd

        rows = [("param", row) for row in self.params] + [("metric", row) for row in self.metrics]
        index = pd.MultiIndex.from_tuples([(kind, row.key) for kind, row in rows], names=["kind", "key"])
        values = [row.values for _, row in rows]
        frame: pd.DataFrame = pd.DataFrame(values, index=index, columns=list(self.runs))
        return frame

    def plot(self) -> Figure:
        """Return bars of the metrics that differ."""
        from nbtrack.evaluation.plots.comparison import comparison_figure

        return comparison_figure(self)

    def __repr__(self) -> str:
        width = max((len(row.key) for row in (*self.params, *self.metrics)), default=3)
        lines = [f"Comparison of {', '.join(self.runs)}  (* differs)"]
        for row in (*self.params, *self.metrics):
            lines.append(f"{'*' if row.differs else ' '} {row.key:<{width}}  {'  '.join(row.shown())}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{html.escape(name)}</th>" for name in self.runs)
        body = "".join(_html_row(row) for row in (*self.params, *self.metrics))
        return f"<table><thead><tr><th></th>{head}</tr></thead><tbody>{body}</tbody></table>"


def compare(runs: Sequence[ComparedRun]) -> Comparison:
    """Put runs side by side.

    Raises
    ------
    EvaluationError
        There are no runs.
    """
    if not runs:
        raise EvaluationError("There is nothing to compare: name at least one run.")
    return Comparison(
        runs=tuple(run.name for run in runs),
        params=_rows([run.params for run in runs]),
        metrics=_rows([run.metrics for run in runs]),
    )


def _rows(mappings: Sequence[Mapping[str, str]] | Sequence[Mapping[str, float]]) -> tuple[ComparedRow, ...]:
    keys = {key for mapping in mappings for key in mapping}
    rows = [_row(key, tuple(mapping.get(key) for mapping in mappings)) for key in keys]
    return tuple(sorted(rows, key=lambda row: (not row.differs, row.key)))


def _row(key: str, values: tuple[Value | None, ...]) -> ComparedRow:
    return ComparedRow(key, values, differs=any(not _is_same(value, values[0]) for value in values))


def _is_same(one: Value | None, other: Value | None) -> bool:
    if isinstance(one, float) and isinstance(other, float) and math.isnan(one):
        return math.isnan(other)
    return one == other


def _shown(value: Value | None) -> str:
    if value is None:
        return "-"
    return value if isinstance(value, str) else format_number(value)


def _html_row(row: ComparedRow) -> str:
    weight = "600" if row.differs else "400"
    cells = "".join(f"<td>{html.escape(text)}</td>" for text in row.shown())
    return f'<tr style="font-weight:{weight}"><td>{html.escape(row.key)}</td>{cells}</tr>'
