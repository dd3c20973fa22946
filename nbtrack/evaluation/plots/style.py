"""The one quiet style of all figures. It is set on each figure, so the user's rcParams stay as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Literal, TypeAlias

    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

    Corner: TypeAlias = Literal["best", "lower left", "lower right", "upper left"]

INK, QUIET, GRID, PAPER = "#1f2937", "#6b7280", "#e5e7eb", "#ffffff"
ACCENT, SECOND = "#2563eb", "#ea580c"
CYCLE = (ACCENT, SECOND, "#059669", "#9333ea", "#d97706", "#0891b2", "#db2777", "#4b5563")
MAX_CURVES = 10
"""More classes than this in one plot can't be told apart."""
FONT = ["DejaVu Sans"]


def new_figure(*, width: float = 5.2, height: float = 4.2) -> Figure:
    """Make an empty figure; sizes are in inches."""
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    layout = ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.12)
    return Figure(figsize=(width, height), facecolor=PAPER, layout=layout)


def new_axes(title: str, *, x_label: str, y_label: str, width: float = 5.2, height: float = 4.2) -> tuple[Figure, Axes]:
    """Make a figure with one pair of axes in the house style."""
    figure = new_figure(width=width, height=height)
    axes = figure.add_subplot()
    dress(axes, title=title, x_label=x_label, y_label=y_label)
    return figure, axes


def dress(axes: Axes, *, title: str = "", x_label: str = "", y_label: str = "") -> None:
    """Give axes their texts, a light grid and no frame."""
    axes.set_facecolor(PAPER)
    axes.set_title(title, loc="left", fontsize=11, fontweight="bold", color=INK, pad=10, fontfamily=FONT)
    axes.set_xlabel(x_label, fontsize=9.5, color=QUIET, fontfamily=FONT)
    axes.set_ylabel(y_label, fontsize=9.5, color=QUIET, fontfamily=FONT)
    axes.tick_params(colors=QUIET, labelsize=8.5, length=0, labelfontfamily=FONT)
    axes.grid(visible=True, color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    for side in axes.spines.values():
        side.set_visible(False)


def add_legend(axes: Axes, *, location: Corner = "best") -> None:
    """Add a legend without a frame."""
    legend = axes.legend(
        loc=location, frameon=True, framealpha=0.85, edgecolor="none", facecolor=PAPER,
        prop={"size": 8.5, "family": FONT},
    )  # fmt: skip
    for text in legend.get_texts():
        text.set_color(INK)


def colour(position: int) -> str:
    """Colour of the n-th series."""
    return CYCLE[position % len(CYCLE)]


def shades(*colours: str) -> Colormap:
    """Colours between these; what is missing is grey."""
    from matplotlib.colors import LinearSegmentedColormap

    made: Colormap = LinearSegmentedColormap.from_list("nbtrack", colours)
    return made.with_extremes(bad="#9ca3af")


def class_name(label: object) -> str:
    """Text for a class: a bare number would be taken for a value."""
    text = shortened(label)
    return f"class {text}" if text.lstrip("-").replace(".", "", 1).isdigit() else text


def shortened(label: object, length: int = 24) -> str:
    """Text that fits beside an axis; a dollar sign is no start of a formula."""
    text = str(label)
    text = text if len(text) <= length else text[: length - 1] + "…"
    return text.replace("$", r"\$")
