"""The result of an evaluation, which shows itself in a notebook, a terminal and a plot."""

from __future__ import annotations

import base64
import html
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nbtrack.entities import format_number
from nbtrack.errors import EvaluationError
from nbtrack.evaluation.artifact import Artifact, Plot
from nbtrack.evaluation.model_type import ModelType

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

_FIRST_PLOT: dict[ModelType, str] = {
    "classifier": "confusion_matrix",
    "regressor": "predicted_vs_actual_plot",
}


@dataclass(frozen=True)
class EvaluationResult:
    """Metrics, plots and tables of one model on one sample.

    Attributes
    ----------
    model_type
        "classifier" or "regressor".
    metrics
        Values by MLflow's names. A metric that is not defined for this sample is absent, and a warning
        says why.
    artifacts
        Plots and tables by name.
    warnings
        What the reader has to know about these numbers, in words.
    """

    model_type: ModelType
    metrics: dict[str, float]
    artifacts: dict[str, Artifact] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    def frame(self) -> pd.DataFrame:
        """Return the metrics as a frame with the columns ``metric`` and ``value``."""
        import pandas as pd

        columns = {"metric": list(self.metrics), "value": list(self.metrics.values())}
        frame: pd.DataFrame = pd.DataFrame(columns)
        return frame

    def plot(self, name: str | None = None) -> Figure:
        """Return one figure.

        Parameters
        ----------
        name
            A key of ``artifacts``. By default the confusion matrix of a classifier, the predicted
            against the actual values of a regressor.

        Raises
        ------
        EvaluationError
            There is no plot of this name.
        """
        chosen = self.artifacts.get(name or _FIRST_PLOT[self.model_type])
        if not isinstance(chosen, Plot):
            plots = ", ".join(key for key, artifact in self.artifacts.items() if isinstance(artifact, Plot))
            raise EvaluationError(f"There is no plot {name!r} in this result. It has: {plots or 'none'}.")
        return chosen.content

    def __repr__(self) -> str:
        width = max(map(len, self.metrics), default=0)
        lines = [f"EvaluationResult: {self.model_type}"]
        lines += [f"  {key:<{width}}  {format_number(value)}" for key, value in self.metrics.items()]
        if self.artifacts:
            lines.append(f"  artifacts: {', '.join(self.artifacts)}")
        lines += [f"  warning: {warning}" for warning in self.warnings]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><td style="text-align:left">{html.escape(key)}</td>'
            f'<td style="text-align:right;font-variant-numeric:tabular-nums" title="{value!r}">'
            f"{format_number(value)}</td></tr>"
            for key, value in self.metrics.items()
        )
        warnings = "".join(f"<p>⚠ {html.escape(warning)}</p>" for warning in self.warnings)
        images = "".join(_image(artifact) for artifact in self.artifacts.values() if isinstance(artifact, Plot))
        return (
            '<div style="display:flex;flex-wrap:wrap;gap:16px;align-items:flex-start">'
            f"<table><tbody>{rows}</tbody></table>{images}</div>{warnings}"
        )


def _image(plot: Plot) -> str:
    encoded = base64.b64encode(plot.png).decode("ascii")
    return f'<img width="300" alt="{html.escape(plot.name)}" src="data:image/png;base64,{encoded}">'
