"""nbtrack inside IPython: magics, tracked cells, chips."""

from nbtrack.notebook.extension import load, unload

__all__ = ["load", "unload"]
