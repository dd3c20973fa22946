"""What a cell does, told from its source, and what it runs in. Knows nothing of IPython."""

from nbtrack.lineage.bindings import Bindings, Seed, bindings_of
from nbtrack.lineage.environment import describe_environment

__all__ = ["Bindings", "Seed", "bindings_of", "describe_environment"]
